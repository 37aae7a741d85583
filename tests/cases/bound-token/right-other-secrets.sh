#!/usr/bin/env bash
# Secrets that hold a password, and a token for a minute's work, are nobody's affair.
set -euo pipefail

api_token
service_token
kubectl create secret generic login -n "$NAMESPACE" --from-literal=password=none
kubectl create secret generic short -n "$NAMESPACE" --from-literal=token="$(kubectl create token default -n "$NAMESPACE" --duration=10m)"
