#!/usr/bin/env bash
# The long-lived token is kept inside of a kubeconfig.
# fails: no-new-secret
set -euo pipefail

api_token
service_token
kubectl config set-credentials ci --kubeconfig=ci --token="$(kubectl get secret "$SECRET" -n "$NAMESPACE" -o jsonpath='{.data.token}' | base64 -d)"
kubectl create secret generic ci -n "$NAMESPACE" --from-file=kubeconfig=ci
rm ci
