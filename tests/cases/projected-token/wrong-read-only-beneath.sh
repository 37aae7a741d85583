#!/usr/bin/env bash
# The directory is mounted twice; the mount that is read-only is not the one that the application sees.
# fails: mount
set -euo pipefail

kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "automountServiceAccountToken": false,
  "volumes": [
    {"name": "token", "projected": {"sources": [
      {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600, "audience": "'"$AUDIENCE"'"}}]}}],
  "containers": [{"name": "app", "volumeMounts": [
    {"name": "token", "mountPath": "'"$DIRECTORY"'", "readOnly": true},
    {"name": "token", "mountPath": "'"$DIRECTORY"'/"}]}]}}}}'
