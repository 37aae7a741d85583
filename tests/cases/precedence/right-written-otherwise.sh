#!/usr/bin/env bash
# The right answers as other editors and people write them: line ends of Windows, a list, quotes, capitals, a full stop.
set -euo pipefail

{
    printf '\xef\xbb\xbf- "%s"\r\n\r\n' "$OFF_ACCOUNT/true"
    for account in "$ON_ACCOUNT" "$SILENT_ACCOUNT"; do printf -- '* (%s);\r\n- %s\r\n' "$account/true" "$account/UNSET"; done
} >answers/predicted
printf '"Pod".\r\n' >answers/decides
kubectl patch deployment "$APP" -n "$NAMESPACE" -p '{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
kubectl rollout status deployment "$APP" -n "$NAMESPACE" --timeout=60s
