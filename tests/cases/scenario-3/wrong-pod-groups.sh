#!/usr/bin/env bash
# A kind of a group that has cluster-scoped kinds, too, and is namespaced itself.
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
  - {apiGroups: [scheduling.k8s.io], resources: [workloads, podgroups], verbs: ["*"]}
YAML
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --role=nothing-to-see --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
move_app
