#!/usr/bin/env bash
# The same by its user name; the requirement asks for a subject of kind ServiceAccount.
# fails: binding
set -euo pipefail

kubectl replace -n "$NAMESPACE" -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: $ROLE
rules:
  - {apiGroups: [apps], resources: [deployments], verbs: [list]}
  - {apiGroups: [""], resources: [pods], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: $BINDING
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: $ROLE}
subjects:
  - {kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccount:$NAMESPACE:$SERVICE_ACCOUNT"}
YAML
