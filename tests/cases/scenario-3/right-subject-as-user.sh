#!/usr/bin/env bash
# The ServiceAccount by its user name. The task does not say of which kind the subject is.
set -euo pipefail

make_account
kubectl apply -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: $ROLE
  namespace: $NAMESPACE
rules:
  - {apiGroups: [""], resources: [configmaps], resourceNames: [$CONFIG_MAP], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: $BINDING
  namespace: $NAMESPACE
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: $ROLE}
subjects:
  - {kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccount:$NAMESPACE:$SERVICE_ACCOUNT"}
YAML
move_app
