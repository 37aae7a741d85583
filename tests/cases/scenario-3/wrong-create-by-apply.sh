#!/usr/bin/env bash
# Server-side apply is a patch that also asks for `create` with the name: it may create this Pod.
# fails: nothing-more
set -euo pipefail

make_account
make_role
make_binding
kubectl apply -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: nothing-to-see
  namespace: $NAMESPACE
rules:
  - {apiGroups: [""], resources: [pods], resourceNames: [sneaky], verbs: [create, patch]}
YAML
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --role=nothing-to-see --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
move_app
