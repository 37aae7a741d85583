#!/usr/bin/env bash
# The settings of the worker are changed some times, and it is restarted; afterwards the Secret only gets a label.
set -euo pipefail

clean_frontend
clean_settings
restart_worker
delete_both
clean_role
kubectl patch secret "$WORKER-settings" -n "$NAMESPACE" -p '{"stringData": {"MORE": "of them"}}'
restart_worker
kubectl rollout status deployment "$WORKER" -n "$NAMESPACE" --timeout=60s
sleep 2 # times are in whole seconds
kubectl label secret "$WORKER-settings" -n "$NAMESPACE" team=orders
