#!/usr/bin/env bash
# The app mounts a token of a ConfigMap by itself (subPath); then the value is changed.
# fails: no-token
set -euo pipefail

# shellcheck disable=SC2154 # of the scenario
volume "$(hourly), $own_authority"
kubectl create configmap settings -n "$NAMESPACE" --from-literal=t="$(kubectl create token "$SERVICE_ACCOUNT" -n "$NAMESPACE" --duration=24h)"
kubectl patch deployment "$APP" -n "$NAMESPACE" --type=json -p '[
  {"op": "add", "path": "/spec/template/spec/volumes/-", "value": {"name": "s", "configMap": {"name": "settings"}}},
  {"op": "add", "path": "/spec/template/spec/containers/0/volumeMounts/-",
    "value": {"name": "s", "mountPath": "/srv/t", "subPath": "t"}}]'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
sleep 2 # times are in whole seconds
kubectl patch configmap settings -n "$NAMESPACE" -p '{"data": {"t": "none"}}'
