#!/usr/bin/env bash
# The Secret that stays gets a second token, for ten years.
# fails: no-new-secret
set -euo pipefail

find_out
remove_pod
remove_secret
kubectl patch secret "$OTHER_SECRET" -n "$NAMESPACE" \
    -p "{\"stringData\": {\"more\": \"$(kubectl create token "$SERVICE_ACCOUNT" -n "$NAMESPACE" --duration=87600h)\"}}"
