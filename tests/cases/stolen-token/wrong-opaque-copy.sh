#!/usr/bin/env bash
# A new Secret of another type holds a token for ten years.
# fails: no-new-secret
set -euo pipefail

find_out
remove_pod
remove_secret
kubectl create secret generic backup -n "$NAMESPACE" \
    --from-literal=more="$(kubectl create token "$SERVICE_ACCOUNT" -n "$NAMESPACE" --duration=87600h)"
