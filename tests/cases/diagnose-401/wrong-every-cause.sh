#!/usr/bin/env bash
# All five causes, one after the other: one of them is right, and nothing shows which.
# fails: cause, good-token, only-token, app-works
set -euo pipefail

echo missing garbled audience old-secret old-pod >answers/cause
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"volumes": [
  {"name": "credentials", "projected": {"sources": [
    {"configMap": {"name": "kube-root-ca.crt"}},
    {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}]}}]}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
