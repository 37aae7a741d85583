#!/usr/bin/env bash
# The second binding is deleted, and a finalizer keeps it: it grants as before.
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
  - {apiGroups: [""], resources: [secrets], verbs: [get, list]}
YAML
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --role=nothing-to-see --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
kubectl patch rolebinding nothing-to-see -n "$NAMESPACE" --type=merge -p '{"metadata": {"finalizers": ["example.com/later"]}}'
kubectl delete rolebinding nothing-to-see -n "$NAMESPACE" --wait=false
move_app
