#!/usr/bin/env bash
# A binding that was deleted grants for as long as its finalizer keeps it.
# fails: sa-without-rights, default-without-rights, nothing-wider
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl create clusterrolebinding "$NAMESPACE-kept" --clusterrole=cluster-admin --group=system:authenticated
kubectl patch clusterrolebinding "$NAMESPACE-kept" -p '{"metadata": {"finalizers": ["example.com/kept"]}}'
kubectl delete clusterrolebinding "$NAMESPACE-kept" --wait=false
