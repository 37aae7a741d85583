#!/usr/bin/env bash
# The right answers in other forms: one line with commas, a list, line ends of Windows. A Pod to try things in is left.
set -euo pipefail

here=$NAMESPACE there=$OTHER_NAMESPACE
echo "$here/$PLAIN_POD, $here/$CLOSED_POD, $there/$QUIET_POD" >answers/pods-on-default
printf -- '- %s\r\n' "$there/$OPENED_POD" "$here/$LEGACY_POD" "$here/$PLAIN_POD" "$here/$PROJECTING_POD" >answers/pods-with-token
printf '["%s", "%s", "%s", "%s"]' "$here/$PROJECTING_ACCOUNT" "$here/$LEGACY_ACCOUNT" "$there/$OPENED_ACCOUNT" "$there/default" \
    >answers/accounts-with-rights
printf '\n\n%s\n\n%s\n' "$there/$OTHER_LEGACY_SECRET" "$here/$LEGACY_SECRET" >answers/legacy-secrets
printf '%s;\n' "$here:get:configmaps" "$here:list:configmaps" "$there:get:pods/log" "$there:list:pods" >answers/rights
kubectl run try -n "$here" --image=nginx --image-pull-policy=IfNotPresent
kubectl wait --for=condition=Ready pod/try -n "$here" --timeout=60s
