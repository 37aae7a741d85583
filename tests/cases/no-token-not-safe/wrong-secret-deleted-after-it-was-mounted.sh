#!/usr/bin/env bash
# The frontend mounts a Secret with a token, which is then deleted: the kubelet leaves the files as they are.
# fails: frontend-no-token
set -euo pipefail

clean_frontend
clean_settings
restart_worker
delete_both
clean_role
token=$(kubectl create token "$SCHEDULER" -n "$NAMESPACE" --duration=24h)
kubectl create secret generic settings -n "$NAMESPACE" --from-literal=key="$token" --from-literal=other=none
kubectl patch deployment "$FRONTEND" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "volumes": [{"name": "settings", "secret": {"secretName": "settings"}}],
  "containers": [{"name": "web", "volumeMounts": [{"name": "settings", "mountPath": "/etc/settings"}]}]}}}}'
kubectl rollout status deployment "$FRONTEND" -n "$NAMESPACE" --timeout=60s
kubectl delete secret settings -n "$NAMESPACE"
