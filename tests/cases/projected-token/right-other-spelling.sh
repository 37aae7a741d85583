#!/usr/bin/env bash
# The directory in another spelling.
set -euo pipefail

kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "automountServiceAccountToken": false,
  "volumes": [
    {"name": "token", "projected": {"sources": [
      {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600, "audience": "'"$AUDIENCE"'"}}]}}],
  "containers": [{"name": "app", "volumeMounts": [
    {"name": "token", "mountPath": "'"${DIRECTORY/#\/var\/run/\/run}"'//./", "readOnly": true}]}]}}}}'
