#!/usr/bin/env bash
# The frontend mounts a token of a Secret by itself (subPath); then the value is changed. The kubelet never renews such a file.
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
  "containers": [{"name": "web", "volumeMounts": [{"name": "settings", "mountPath": "/etc/settings/key", "subPath": "key"}]}]}}}}'
kubectl rollout status deployment "$FRONTEND" -n "$NAMESPACE" --timeout=60s
sleep 2 # times are in whole seconds
kubectl patch secret settings -n "$NAMESPACE" -p '{"stringData": {"key": "none"}}'
