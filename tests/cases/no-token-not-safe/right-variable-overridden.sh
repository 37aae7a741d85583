#!/usr/bin/env bash
# The worker's settings are left alone: an empty variable of its own wins over the one that `envFrom` pours in. The
# frontend keeps an empty directory where the Secret was.
set -euo pipefail

kubectl patch "deployment/$FRONTEND" -n "$NAMESPACE" --type=json -p '[
  {"op": "test", "path": "/spec/template/spec/volumes/0/name", "value": "release"},
  {"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "release", "emptyDir": {}}}]'
kubectl set env "deployment/$WORKER" -n "$NAMESPACE" DEPLOY_KEY=
kubectl delete secret "$SECRET" -n "$NAMESPACE"
kubectl delete rolebinding start-pods -n "$NAMESPACE"
kubectl patch role "$SCHEDULER" -n "$NAMESPACE" --type=merge -p '{"rules": [
  {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["timetable"], "verbs": ["get"]}]}'
