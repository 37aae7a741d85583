#!/usr/bin/env bash
# More than the list of Pods: every subresource that is called so.
# fails: nothing-more
set -euo pipefail

kubectl replace -n "$NAMESPACE" -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: $ROLE
rules:
  - {apiGroups: [apps], resources: [deployments], verbs: [list]}
  - {apiGroups: [""], resources: [pods], verbs: [list]}
  - {apiGroups: ["*"], resources: ["*/log", "*/token"], verbs: [get, create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: $BINDING
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: $ROLE}
subjects:
  - {kind: ServiceAccount, name: $SERVICE_ACCOUNT, namespace: $NAMESPACE}
YAML
