#!/usr/bin/env bash
# The incident is closed by making the backup the master of the cluster: the next stolen token is worth more than the first.
# fails: nothing-wider
set -euo pipefail

kubectl delete rolebinding "$SHARED_BINDING" "$GROUP_BINDING" -n "$NAMESPACE"
kubectl create clusterrolebinding "$NAMESPACE-$BACKUP_ACCOUNT" --clusterrole=cluster-admin \
    --serviceaccount="$NAMESPACE:$BACKUP_ACCOUNT"
make_account
move_app
