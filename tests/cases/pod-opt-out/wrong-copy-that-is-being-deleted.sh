#!/usr/bin/env bash
# A copy of the old Pod, with its token, is being deleted, and has an hour for it.
# fails: same-app
set -euo pipefail

kubectl get pod "$POD" -n "$NAMESPACE" -o json >running.json
kubectl patch --local -f running.json -o json --type=json -p '[
  {"op": "replace", "path": "/metadata", "value": {"name": "old", "namespace": "'"$NAMESPACE"'", "labels": {"app": "archive"}}},
  {"op": "remove", "path": "/spec/nodeName"},
  {"op": "replace", "path": "/spec/terminationGracePeriodSeconds", "value": 3600},
  {"op": "add", "path": "/spec/containers/0/lifecycle", "value": {"preStop": {"exec": {"command": ["sleep", "3000"]}}}}]' |
    kubectl create -f -
rm running.json
kubectl wait --for=condition=Ready pod/old -n "$NAMESPACE" --timeout=60s
kubectl delete pod old -n "$NAMESPACE" --wait=false
pod_with '[]'
