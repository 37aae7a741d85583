#!/usr/bin/env bash
# Whoever is bound to ClusterRole edit, now or later, reads every Secret: a new ClusterRole is aggregated into it.
# fails: nothing-wider
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl create clusterrole "$NAMESPACE-more" --verb=escalate --resource=clusterroles.rbac.authorization.k8s.io
kubectl label clusterrole "$NAMESPACE-more" rbac.authorization.k8s.io/aggregate-to-edit=true
