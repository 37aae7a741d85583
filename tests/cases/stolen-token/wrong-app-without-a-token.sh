#!/usr/bin/env bash
# Both tokens are dead, and so is the application: it has no token, and its program is answered from a volume.
# fails: app-works, same-app
set -euo pipefail

claims() { cut -d. -f2 "$1" | tr '_-' '/+' | base64 -d 2>/dev/null || true; }
claims stolen/amber | sed 's/.*"pod":{"name":"\([^"]*\)".*/\1/' >answers/pod
claims stolen/cobalt | sed 's/.*secret.name":"\([^"]*\)".*/\1/' >answers/secret
kubectl delete secret "$(cat answers/secret)" -n "$NAMESPACE"
# shellcheck disable=SC2016
kubectl create configmap fake -n "$NAMESPACE" --from-literal=api-client='#!/bin/sh
[ "${1:-}" = once ] || exec sleep 1000000
echo 200 OK'
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
    "automountServiceAccountToken": false,
    "volumes": [{"name": "fake", "configMap": {"name": "fake", "defaultMode": 493}}],
    "containers": [{"name": "app", "volumeMounts": [{"name": "fake", "mountPath": "/usr/local/bin"}]}]}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
