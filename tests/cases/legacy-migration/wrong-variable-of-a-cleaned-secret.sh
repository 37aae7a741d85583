#!/usr/bin/env bash
# The app has another token in a variable, from a Secret the value of which is changed after its start.
# fails: app-token
set -euo pipefail

move_apps 3600
allow_issuing
move_job 3600
delete_all
kubectl create secret generic settings -n "$NAMESPACE" --from-literal=T="$(kubectl create token "$MONITOR" -n "$NAMESPACE" --duration=24h)"
kubectl set env "deployment/$APP" -n "$NAMESPACE" --from=secret/settings
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
sleep 2 # times are in whole seconds
kubectl patch secret settings -n "$NAMESPACE" -p '{"stringData": {"T": "none"}}'
