#!/usr/bin/env bash
# The Namespace enforces the strictest Pod Security afterwards; the application complies.
set -euo pipefail

quiet_accounts
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "serviceAccountName": "'"$SERVICE_ACCOUNT"'",
  "securityContext": {"runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
  "containers": [{"name": "web", "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}]}}}}'
kubectl rollout status "deployment/$APP" -n "$NAMESPACE" --timeout=60s
kubectl label namespace "$NAMESPACE" pod-security.kubernetes.io/enforce=restricted
