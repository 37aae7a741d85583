#!/usr/bin/env bash
# One answer is a pipe, the other a link to itself.
# fails: predicted, decides
set -euo pipefail

{
    echo "$OFF_ACCOUNT/true"
    for account in "$ON_ACCOUNT" "$SILENT_ACCOUNT"; do echo "$account/true $account/unset"; done
} >answers/predicted
echo pod >answers/decides
off='{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
rm answers/predicted answers/decides
mkfifo answers/predicted
ln -s decides answers/decides
kubectl patch deployment "$APP" -n "$NAMESPACE" -p "$off"
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
