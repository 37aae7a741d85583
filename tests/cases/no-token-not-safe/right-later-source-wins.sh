#!/usr/bin/env bash
# A later source of the environment wins over the one with the token.
set -euo pipefail

kubectl create configmap "$WORKER-overrides" -n "$NAMESPACE" --from-literal=DEPLOY_KEY=none
kubectl patch deployment "$WORKER" -n "$NAMESPACE" --type=json -p '[{"op": "add",
  "path": "/spec/template/spec/containers/0/envFrom/-", "value": {"configMapRef": {"name": "'"$WORKER"'-overrides"}}}]'
kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" --type=json -p '[
  {"op": "remove", "path": "/spec/template/spec/volumes"},
  {"op": "remove", "path": "/spec/template/spec/containers/0/volumeMounts"}]'
kubectl delete "secret/$SECRET" rolebinding/start-pods -n "$NAMESPACE"
kubectl patch role "$SCHEDULER" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/rules/1"}]'
