#!/usr/bin/env bash
# The variable is hidden, but another one has taken its value before.
# fails: worker-no-token, worker-runs-clean
set -euo pipefail

kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" --type=json -p '[
  {"op": "remove", "path": "/spec/template/spec/volumes"},
  {"op": "remove", "path": "/spec/template/spec/containers/0/volumeMounts"}]'
# shellcheck disable=SC2016  # the kubelet expands it
kubectl set env "deployment/$WORKER" -n "$NAMESPACE" 'KEPT=$(DEPLOY_KEY)' DEPLOY_KEY=
kubectl delete "secret/$SECRET" rolebinding/start-pods -n "$NAMESPACE"
kubectl patch role "$SCHEDULER" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/rules/1"}]'
