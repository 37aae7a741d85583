#!/usr/bin/env bash
# The empty URL cannot be told from none in a badly built access review. Beside it, a right too many.
# fails: nothing-more
set -euo pipefail

kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl create role "$ROLE" -n "$NAMESPACE" --verb=get --resource=configmaps --resource-name="$CONFIG_MAP"
kubectl create rolebinding "$BINDING" -n "$NAMESPACE" --role="$ROLE" --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
kubectl apply -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: $NAMESPACE-nothing-to-see
rules:
  - {nonResourceURLs: [""], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: $NAMESPACE-nothing-to-see
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $NAMESPACE-nothing-to-see}
subjects:
  - {kind: ServiceAccount, name: $SERVICE_ACCOUNT, namespace: $NAMESPACE}
YAML
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --clusterrole=view --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
kubectl set serviceaccount deployment "$APP" "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
