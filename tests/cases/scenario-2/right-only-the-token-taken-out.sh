#!/usr/bin/env bash
# The exported Pod keeps what admission added, less the token: the API's certificate and the Namespace's name are no
# secrets.
set -euo pipefail

kubectl apply -f - <<YAML
apiVersion: v1
kind: ServiceAccount
metadata:
  name: $SERVICE_ACCOUNT
  namespace: $NAMESPACE
automountServiceAccountToken: false
YAML
kubectl get pod "$POD" -n "$NAMESPACE" -o json >before.json
kubectl patch --local -f before.json -o json --type=json -p '[
  {"op": "test", "path": "/spec/volumes/1/projected/sources/0/serviceAccountToken/path", "value": "token"},
  {"op": "remove", "path": "/spec/volumes/1/projected/sources/0"},
  {"op": "remove", "path": "/spec/serviceAccount"},
  {"op": "replace", "path": "/spec/serviceAccountName", "value": "'"$SERVICE_ACCOUNT"'"}]' >after.json
kubectl replace --force -f after.json
