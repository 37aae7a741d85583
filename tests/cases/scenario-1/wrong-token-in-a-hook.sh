#!/usr/bin/env bash
# All is done, and then each Pod gets a token in the command line of its hook.
# fails: pods-without-token
set -euo pipefail

token=$(kubectl create token default -n "$NAMESPACE")
kubectl create serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE"
for account in default "$SERVICE_ACCOUNT"; do
    kubectl patch serviceaccount "$account" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
done
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"containers": [{"name": "web",
  "lifecycle": {"postStart": {"exec": {"command": ["true", "'"$token"'"]}}}}]}}}}'
