#!/usr/bin/env bash
# Beside the token for the service, the container reads one for the API: `./token` inside of the volume is `token`.
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
    {"name": "api", "mountPath": "/var/run/api-token", "subPath": "./token", "readOnly": true}]}]}}}}'
