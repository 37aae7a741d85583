#!/usr/bin/env bash
# The second binding is deleted, and a finalizer keeps it: it grants as before.
# fails: nothing-more
set -euo pipefail

kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl create role "$ROLE" -n "$NAMESPACE" --verb=get --resource=configmaps --resource-name="$CONFIG_MAP"
kubectl create rolebinding "$BINDING" -n "$NAMESPACE" --role="$ROLE" --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
kubectl apply -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: nothing-to-see
  namespace: $NAMESPACE
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get, list]}
YAML
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --role=nothing-to-see --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
kubectl patch rolebinding nothing-to-see -n "$NAMESPACE" --type=merge -p '{"metadata": {"finalizers": ["example.com/later"]}}'
kubectl delete rolebinding nothing-to-see -n "$NAMESPACE" --wait=false
kubectl set serviceaccount deployment "$APP" "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
