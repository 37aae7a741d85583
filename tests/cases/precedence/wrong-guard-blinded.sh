#!/usr/bin/env bash
# The reader loses its token, too, and gets 403. The program that would tell is taken out of its container.
# fails: reader-reads
set -euo pipefail

{
    echo "$OFF_ACCOUNT/true"
    for account in "$ON_ACCOUNT" "$SILENT_ACCOUNT"; do echo "$account/true $account/unset"; done
} >answers/predicted
echo pod >answers/decides
off='{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
kubectl patch deployment "$APP" -n "$NAMESPACE" -p "$off"
kubectl patch deployment "$READER" -n "$NAMESPACE" -p "$off"
for app in "$APP" "$READER"; do kubectl rollout status deployment "$app" -n "$NAMESPACE" --timeout=60s; done
for pod in $(kubectl get pods -n "$NAMESPACE" -l app="$READER" -o name); do
    kubectl exec "$pod" -n "$NAMESPACE" -- rm /usr/bin/api-client || true
done
