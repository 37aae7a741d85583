#!/usr/bin/env bash
# The kubelet sends the token to the frontend with every probe.
# fails: frontend-no-token
set -euo pipefail

token=$(kubectl create token deploy-bot -n "$NAMESPACE" --duration=24h)
kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" --type=json -p '[
  {"op": "remove", "path": "/spec/template/spec/volumes"},
  {"op": "remove", "path": "/spec/template/spec/containers/0/volumeMounts"}]'
kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"containers": [{"name": "web",
  "readinessProbe": {"httpGet": {"path": "/", "port": 8080, "httpHeaders": [
    {"name": "Authorization", "value": "Bearer '"$token"'"}]}}}]}}}}'
kubectl patch secret "$WORKER-settings" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/data/DEPLOY_KEY"}]'
kubectl rollout restart deployment "$WORKER" -n "$NAMESPACE"
kubectl delete "secret/$SECRET" rolebinding/start-pods -n "$NAMESPACE"
kubectl patch role "$SCHEDULER" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/rules/1"}]'
