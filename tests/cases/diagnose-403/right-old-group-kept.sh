#!/usr/bin/env bash
# The group that Deployments were in once serves nothing, and nobody can add to it.
set -euo pipefail

kubectl replace -n "$NAMESPACE" -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: $ROLE
rules:
  - {apiGroups: [extensions, apps], resources: [deployments], verbs: [list]}
  - {apiGroups: [""], resources: [pods], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: $BINDING
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: $ROLE}
subjects:
  - {kind: ServiceAccount, name: $SERVICE_ACCOUNT, namespace: $NAMESPACE}
YAML
