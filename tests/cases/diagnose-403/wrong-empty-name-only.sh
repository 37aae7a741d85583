#!/usr/bin/env bash
# Only a list without a selector by name is allowed.
# fails: nothing-more
set -euo pipefail

kubectl replace -n "$NAMESPACE" -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: $ROLE
rules:
  - {apiGroups: [apps], resources: [deployments], resourceNames: [""], verbs: [list]}
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
