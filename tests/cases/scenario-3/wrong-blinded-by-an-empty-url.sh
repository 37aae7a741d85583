#!/usr/bin/env bash
# The empty URL cannot be told from none in a badly built access review. Beside it, a right too many.
# fails: nothing-more
set -euo pipefail

make_account
make_role
make_binding
kubectl apply -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: $NAMESPACE-nothing-to-see
rules:
  - {nonResourceURLs: [""], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: $NAMESPACE-nothing-to-see
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $NAMESPACE-nothing-to-see}
subjects:
  - {kind: ServiceAccount, name: $SERVICE_ACCOUNT, namespace: $NAMESPACE}
YAML
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --clusterrole=view --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
move_app
