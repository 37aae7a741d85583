#!/usr/bin/env bash
# The flag is set in the Deployment's `spec` instead of its Pod template. There is no such field, and the API server drops it.
# fails: app-no-token
set -euo pipefail

{
    echo "$OFF_ACCOUNT/true"
    for account in "$ON_ACCOUNT" "$SILENT_ACCOUNT"; do echo "$account/true, $account/unset"; done
} >answers/predicted
echo pod >answers/decides
kubectl patch "deployment/$APP" -n "$NAMESPACE" -p '{"spec": {"automountServiceAccountToken": false}}' || true
kubectl rollout restart "deployment/$APP" -n "$NAMESPACE"
kubectl rollout status "deployment/$APP" -n "$NAMESPACE" --timeout=90s
