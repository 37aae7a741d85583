#!/usr/bin/env bash
# The token is in the annotation that kubectl keeps for itself, and the frontend mounts all annotations.
# fails: frontend-no-token
set -euo pipefail

token=$(kubectl create token deploy-bot -n "$NAMESPACE" --duration=24h)
cat >patch.json <<JSON
[{"op": "add", "path": "/spec/template/metadata/annotations",
  "value": {"kubectl.kubernetes.io/last-applied-configuration": "$token"}},
 {"op": "replace", "path": "/spec/template/spec/volumes", "value": [{"name": "release", "projected": {"sources": [
   {"downwardAPI": {"items": [{"path": "all", "fieldRef": {"fieldPath": "metadata.annotations"}}]}}]}}]}]
JSON
kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" --type=json --patch-file=patch.json
rm patch.json
kubectl patch secret "$WORKER-settings" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/data/DEPLOY_KEY"}]'
kubectl rollout restart deployment "$WORKER" -n "$NAMESPACE"
kubectl delete "secret/$SECRET" rolebinding/start-pods -n "$NAMESPACE"
kubectl patch role "$SCHEDULER" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/rules/1"}]'
