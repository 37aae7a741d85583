#!/usr/bin/env bash
# The answers were true of nothing that was there: the objects that they name were made afterwards.
# fails: pods-on-default, legacy-secrets, rights, other-roles-kept
set -euo pipefail

here=$NAMESPACE there=$OTHER_NAMESPACE
printf '%s\n' "$here/$PLAIN_POD" "$here/$CLOSED_POD" "$there/$QUIET_POD" "$there/made-to-fit" >answers/pods-on-default
printf '%s\n' "$here/$PLAIN_POD" "$here/$PROJECTING_POD" "$here/$LEGACY_POD" "$there/$OPENED_POD" >answers/pods-with-token
printf '%s\n' "$here/$PROJECTING_ACCOUNT" "$here/$LEGACY_ACCOUNT" "$there/$OPENED_ACCOUNT" "$there/default" \
    >answers/accounts-with-rights
printf '%s\n' "$here/$LEGACY_SECRET" "$there/$OTHER_LEGACY_SECRET" "$there/made-to-fit" >answers/legacy-secrets
printf '%s\n' "$here:get:configmaps" "$here:list:configmaps" "$there:list:pods" >answers/rights
kubectl run made-to-fit -n "$there" --image=nginx --image-pull-policy=IfNotPresent
kubectl create -n "$there" -f - <<EOF
apiVersion: v1
kind: Secret
metadata:
  name: made-to-fit
  annotations: {kubernetes.io/service-account.name: $OPENED_ACCOUNT}
type: kubernetes.io/service-account-token
EOF
kubectl patch role pod-viewer -n "$there" --type=json -p '[{"op": "remove", "path": "/rules/1"}]'
