#!/usr/bin/env bash
# The token is in a ConfigMap, as bytes and behind a line of its own.
# fails: frontend-no-token, long-lived-gone
set -euo pipefail

token=$(kubectl create token deploy-bot -n "$NAMESPACE" --duration=24h)
kubectl apply -f - <<YAML
apiVersion: v1
kind: ConfigMap
metadata: {name: release, namespace: $NAMESPACE}
binaryData: {key: $(printf 'key\n%s' "$token" | base64 -w0)}
YAML
kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" --type=json -p '[
  {"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "release", "configMap": {"name": "release"}}}]'
kubectl patch secret "$WORKER-settings" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/data/DEPLOY_KEY"}]'
kubectl rollout restart deployment "$WORKER" -n "$NAMESPACE"
kubectl delete "secret/$SECRET" rolebinding/start-pods -n "$NAMESPACE"
kubectl patch role "$SCHEDULER" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/rules/1"}]'
