#!/usr/bin/env bash
# The same role, bound to the ServiceAccount itself.
# fails: nothing-more
set -euo pipefail

make_account
make_role
make_binding
words() { for ((i = 0; i < 1001; i++)); do echo "$1$i"; done | paste -sd,; }
kubectl apply --server-side -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: wide
  namespace: $NAMESPACE
rules:
  - {apiGroups: [""], resources: [$(words resource)], verbs: [$(words verb)]}
YAML
kubectl create rolebinding wide -n "$NAMESPACE" --role=wide --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
move_app
