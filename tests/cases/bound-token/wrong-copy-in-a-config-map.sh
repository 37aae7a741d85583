#!/usr/bin/env bash
# A token for ten years is written into a ConfigMap, among other settings.
# fails: no-new-secret
set -euo pipefail

api_token
service_token
kubectl create configmap settings -n "$NAMESPACE" \
    --from-literal=settings="mode=fast token=$(kubectl create token "$SERVICE_ACCOUNT" -n "$NAMESPACE" --duration=87600h)"
