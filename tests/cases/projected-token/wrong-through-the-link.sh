#!/usr/bin/env bash
# The same by the link through which the kubelet replaces all files at once.
# fails: only-token
set -euo pipefail

kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "automountServiceAccountToken": false,
  "volumes": [
    {"name": "token", "projected": {"sources": [
      {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600, "audience": "'"$AUDIENCE"'"}}]}},
    {"name": "api", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "expirationSeconds": 86400}}]}}],
  "containers": [{"name": "app", "volumeMounts": [
    {"name": "token", "mountPath": "'"$DIRECTORY"'", "readOnly": true},
    {"name": "api", "mountPath": "/var/run/api-token", "subPath": "..data/token", "readOnly": true}]}]}}}}'
