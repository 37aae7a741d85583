#!/usr/bin/env bash
# The reader has no Pod any more that could be asked.
# fails: reader-reads, reader-kept
set -euo pipefail

{
    echo "$OFF_ACCOUNT/true"
    for account in "$ON_ACCOUNT" "$SILENT_ACCOUNT"; do echo "$account/true $account/unset"; done
} >answers/predicted
echo pod >answers/decides
off='{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
kubectl patch deployment "$APP" -n "$NAMESPACE" -p "$off"
kubectl scale deployment "$READER" -n "$NAMESPACE" --replicas=0
kubectl wait --for=delete pod -l app="$READER" -n "$NAMESPACE" --timeout=30s
