#!/usr/bin/env bash
# A hook of the web server fetches a token from another Pod, into an empty volume at /tmp.
# fails: app-kept
set -euo pipefail

quiet_accounts
address=$(serve_a_token)
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "volumes": [{"name": "scratch", "emptyDir": {}}],
  "containers": [{"name": "web", "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],
    "lifecycle": {"postStart": {"exec": {"command": ["curl", "-sf", "-o", "/tmp/token", "http://'"$address"'/token"]}}}}]}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
