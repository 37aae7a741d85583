#!/usr/bin/env bash
# One rule for both kinds. There are no Pods of the group `apps`, and no Deployments of the core group.
set -euo pipefail

kubectl replace -n "$NAMESPACE" -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: $ROLE
rules:
  - {apiGroups: ["", apps], resources: [pods, deployments], verbs: [list, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: $BINDING
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: $ROLE}
subjects:
  - {kind: ServiceAccount, name: $SERVICE_ACCOUNT, namespace: $NAMESPACE}
YAML
