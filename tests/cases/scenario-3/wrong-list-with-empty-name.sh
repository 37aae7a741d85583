#!/usr/bin/env bash
# A list of all Secrets has no name either.
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
  - {apiGroups: [""], resources: [secrets], resourceNames: [""], verbs: [list]}
YAML
kubectl create rolebinding nothing-to-see -n "$NAMESPACE" --role=nothing-to-see --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT"
move_app
