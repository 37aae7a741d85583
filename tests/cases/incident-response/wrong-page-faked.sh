#!/usr/bin/env bash
# The web server is gone: its container sleeps, and a `curl` from a volume prints the page.
# fails: page-served, same-app
set -euo pipefail

kubectl delete rolebinding "$GROUP_BINDING" -n "$NAMESPACE"
kubectl patch rolebinding "$SHARED_BINDING" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/subjects/0"}]'
kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
    "serviceAccountName": "'"$SERVICE_ACCOUNT"'", "automountServiceAccountToken": false}}}}'
kubectl create configmap fake -n "$NAMESPACE" --from-literal=curl='#!/bin/sh
echo "Welcome to '"$APP"'."'
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
    "volumes": [{"name": "fake", "configMap": {"name": "fake", "defaultMode": 493}}],
    "containers": [{"name": "web", "command": ["sleep", "1000000"], "volumeMounts": [{"name": "fake", "mountPath": "/usr/local/bin"}]}]}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
