#!/usr/bin/env bash
# In a RoleBinding, a ServiceAccount without Namespace is one of the binding's own.
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
  - {kind: ServiceAccount, name: $SERVICE_ACCOUNT}
YAML
