#!/usr/bin/env bash
# The application has no token. Its program is one from a volume that says yes.
# fails: app-reads, same-app
set -euo pipefail

make_account
make_role
make_binding
kubectl set serviceaccount deployment "$APP" "$SERVICE_ACCOUNT" -n "$NAMESPACE"
# shellcheck disable=SC2016
kubectl create configmap fake -n "$NAMESPACE" --from-literal=api-client='#!/bin/sh
[ "${1:-}" = once ] || exec sleep 1000000
echo 200 OK'
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
    "automountServiceAccountToken": false,
    "volumes": [{"name": "fake", "configMap": {"name": "fake", "defaultMode": 493}}],
    "containers": [{"name": "app", "volumeMounts": [{"name": "fake", "mountPath": "/usr/local/bin"}]}]}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
