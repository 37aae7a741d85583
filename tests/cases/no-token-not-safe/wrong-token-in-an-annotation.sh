#!/usr/bin/env bash
# The frontend no longer mounts the Secret, but an annotation of its own with a new token in it.
# fails: frontend-no-token
set -euo pipefail

token=$(kubectl create token deploy-bot -n "$NAMESPACE" --duration=24h)
cat >patch.json <<JSON
[{"op": "add", "path": "/spec/template/metadata/annotations", "value": {"release-key": "$token"}},
 {"op": "replace", "path": "/spec/template/spec/volumes", "value": [{"name": "release", "downwardAPI": {"items": [
   {"path": "token", "fieldRef": {"fieldPath": "metadata.annotations['release-key']"}}]}}]}]
JSON
kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" --type=json --patch-file=patch.json
rm patch.json
kubectl patch secret "$WORKER-settings" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/data/DEPLOY_KEY"}]'
kubectl rollout restart deployment "$WORKER" -n "$NAMESPACE"
kubectl delete "secret/$SECRET" rolebinding/start-pods -n "$NAMESPACE"
kubectl patch role "$SCHEDULER" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/rules/1"}]'
