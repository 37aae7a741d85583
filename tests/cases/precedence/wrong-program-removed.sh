#!/usr/bin/env bash
# The same in a container that was made writable: now there is no such program.
# fails: reader-reads, reader-kept
set -euo pipefail

{
    echo "$OFF_ACCOUNT/true"
    for account in "$ON_ACCOUNT" "$SILENT_ACCOUNT"; do echo "$account/true $account/unset"; done
} >answers/predicted
echo pod >answers/decides
off='{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
kubectl patch deployment "$APP" -n "$NAMESPACE" -p "$off"
kubectl patch deployment "$READER" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"containers": [
    {"name": "app", "securityContext": {"readOnlyRootFilesystem": false}}]}}}}'
for app in "$APP" "$READER"; do kubectl rollout status deployment "$app" -n "$NAMESPACE" --timeout=60s; done
for pod in $(kubectl get pods -n "$NAMESPACE" -l app="$READER" --field-selector=status.phase=Running -o name); do
    kubectl exec "$pod" -n "$NAMESPACE" -- rm /usr/bin/api-client || true
done
