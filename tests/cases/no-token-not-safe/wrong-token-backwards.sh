#!/usr/bin/env bash
# The worker's environment holds a token of the scheduler, written backwards.
# fails: worker-no-token, long-lived-gone
set -euo pipefail

clean_frontend
clean_settings
restart_worker
delete_both
clean_role
token=$(kubectl create token "$SCHEDULER" -n "$NAMESPACE" --duration=24h | tr -d '\n' | rev)
kubectl create configmap more -n "$NAMESPACE" --from-literal=KEY="$token"
kubectl set env "deployment/$WORKER" -n "$NAMESPACE" --from=configmap/more
kubectl rollout status deployment "$WORKER" -n "$NAMESPACE" --timeout=60s
