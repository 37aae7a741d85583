#!/usr/bin/env bash
# The long-lived token is copied into a new Secret of another type.
# fails: no-new-secret
set -euo pipefail

api_token
service_token
kubectl get secret "$SECRET" -n "$NAMESPACE" -o jsonpath='{.data.token}' | base64 -d >copy
kubectl create secret generic backup -n "$NAMESPACE" --from-file=anything=copy
rm copy
