#!/usr/bin/env bash
# The exported Pod keeps what admission added, less the token: the API's certificate and the Namespace's name are no
# secrets. The containers are renamed, and the Pod gets limits and a label.
set -euo pipefail

kubectl get pod "$POD" -n "$NAMESPACE" -o json >before.json
kubectl patch --local -f before.json -o json --type=json -p '[
  {"op": "test", "path": "/spec/volumes/1/projected/sources/0/serviceAccountToken/path", "value": "token"},
  {"op": "remove", "path": "/spec/volumes/1/projected/sources/0"},
  {"op": "add", "path": "/spec/automountServiceAccountToken", "value": false},
  {"op": "add", "path": "/metadata/labels/reviewed", "value": "yes"},
  {"op": "replace", "path": "/spec/containers/0/name", "value": "page"},
  {"op": "add", "path": "/spec/containers/0/resources", "value": {"limits": {"memory": "128Mi"}}},
  {"op": "replace", "path": "/spec/containers/1/name", "value": "logs"}]' >after.json
kubectl replace --force -f after.json
