#!/usr/bin/env bash
# A second binding that names it as a User.
# fails: nothing-more
set -euo pipefail

kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl create role "$ROLE" -n "$NAMESPACE" --verb=get --resource=configmaps --resource-name="$CONFIG_MAP"
kubectl create rolebinding "$BINDING" -n "$NAMESPACE" --role="$ROLE" --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --clusterrole=view --user="system:serviceaccount:$NAMESPACE:$SERVICE_ACCOUNT"
kubectl set serviceaccount deployment "$APP" "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
