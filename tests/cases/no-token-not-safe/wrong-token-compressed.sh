#!/usr/bin/env bash
# The worker's environment holds a token of the scheduler, compressed, in hexadecimal, and over three variables.
# fails: worker-no-token, long-lived-gone
set -euo pipefail

clean_frontend
clean_settings
restart_worker
delete_both
clean_role
token=$(kubectl create token "$SCHEDULER" -n "$NAMESPACE" --duration=24h | tr -d '\n' | gzip | od -An -v -tx1 | tr -d ' \n')
kubectl create configmap more -n "$NAMESPACE" --from-literal=A="${token:0:700}" --from-literal=B="${token:700:700}" \
    --from-literal=C="${token:1400}"
kubectl set env "deployment/$WORKER" -n "$NAMESPACE" --from=configmap/more
kubectl rollout status deployment "$WORKER" -n "$NAMESPACE" --timeout=60s
