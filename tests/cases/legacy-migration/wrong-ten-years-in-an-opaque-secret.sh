#!/usr/bin/env bash
# The migration is right, and a token for ten years is kept in a Secret of another type.
# fails: secrets-gone
set -euo pipefail

move_apps 3600
allow_issuing
move_job 3600
delete_all
kubectl create secret generic kept -n "$NAMESPACE" \
    --from-literal=token="$(kubectl create token "$APP" -n "$NAMESPACE" --duration=87600h)"
