#!/usr/bin/env bash
# The right names, said to be somewhere else.
# fails: pod, secret
set -euo pipefail

claims() { cut -d. -f2 "$1" | tr '_-' '/+' | base64 -d 2>/dev/null || true; }
pod=$(claims stolen/amber | sed 's/.*"pod":{"name":"\([^"]*\)".*/\1/')
secret=$(claims stolen/cobalt | sed 's/.*secret.name":"\([^"]*\)".*/\1/')
echo "kube-system/$pod" >answers/pod
echo "secret/kube-system/$secret" >answers/secret
kubectl delete pod "$pod" -n "$NAMESPACE"
kubectl delete secret "$secret" -n "$NAMESPACE"
