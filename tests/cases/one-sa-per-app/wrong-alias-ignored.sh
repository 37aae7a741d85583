#!/usr/bin/env bash
# The Deployments are moved by the old field name `serviceAccount`. The templates say `serviceAccountName`, which wins:
# no Pod is replaced.
# fails: backend-runs-as, frontend-runs-as, backend-works, frontend-works
set -euo pipefail

for pair in "$BACKEND_ACCOUNT secrets $SECRET" "$FRONTEND_ACCOUNT configmaps $CONFIG_MAP"; do
    read -r account resource name <<<"$pair"
    kubectl create serviceaccount "$account" -n "$NAMESPACE"
    kubectl create role "$account-reads" -n "$NAMESPACE" --verb=get --resource="$resource" --resource-name="$name"
    kubectl create rolebinding "$account-reads" -n "$NAMESPACE" --role="$account-reads" --serviceaccount="$NAMESPACE:$account"
done
kubectl patch "deployment/$BACKEND" -n "$NAMESPACE" \
    -p '{"spec": {"template": {"spec": {"serviceAccount": "'"$BACKEND_ACCOUNT"'"}}}}'
kubectl patch "deployment/$FRONTEND" -n "$NAMESPACE" \
    -p '{"spec": {"template": {"spec": {"serviceAccount": "'"$FRONTEND_ACCOUNT"'"}}}}'
kubectl delete "rolebinding/$SHARED_ACCOUNT-rights" "role/$SHARED_ACCOUNT-rights" -n "$NAMESPACE"
