#!/usr/bin/env bash
# A token stands in a hook's command line, and so in the container's processes.
# fails: no-token
set -euo pipefail

token=$(kubectl create token "$SERVICE_ACCOUNT" -n "$NAMESPACE")
pod_with '[{"op": "add", "path": "/spec/containers/0/lifecycle",
  "value": {"postStart": {"exec": {"command": ["true", "'"$token"'"]}}}}]'
