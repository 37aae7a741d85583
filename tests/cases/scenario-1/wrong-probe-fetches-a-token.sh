#!/usr/bin/env bash
# A probe of the web server fetches a token from another Pod, into an empty volume at /tmp.
# fails: app-kept
set -euo pipefail

quiet_accounts
address=$(serve_a_token)
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {
  "volumes": [{"name": "scratch", "emptyDir": {}}],
  "containers": [{"name": "web", "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],
    "readinessProbe": {"periodSeconds": 1,
      "exec": {"command": ["sh", "-c", "curl -sf http://'"$address"'/token > /tmp/token"]}}}]}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
