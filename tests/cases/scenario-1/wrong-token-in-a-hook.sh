#!/usr/bin/env bash
# All is done, and then each Pod gets a token in the command line of its hook.
# fails: pods-without-token
set -euo pipefail

token=$(kubectl create token default -n "$NAMESPACE")
quiet_accounts
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"containers": [{"name": "web",
  "lifecycle": {"postStart": {"exec": {"command": ["true", "'"$token"'"]}}}}]}}}}'
