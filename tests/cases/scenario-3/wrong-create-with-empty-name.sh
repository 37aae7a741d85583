#!/usr/bin/env bash
# A request that creates has no name, and the empty name in `resourceNames` matches it: it may create Pods.
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
  - {apiGroups: [""], resources: [pods, secrets], resourceNames: [""], verbs: [create, deletecollection]}
YAML
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --role=nothing-to-see --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
move_app
