#!/usr/bin/env bash
# The rights that the audit log shows, in other words than usual, and further rules from stdin.
rights_and() {
    kubectl delete clusterrolebinding "$NAMESPACE-admins"
    kubectl delete rolebinding "$WILD_BINDING" -n "$NAMESPACE"
    kubectl delete rolebinding "$GROUP_BINDING" -n "$OTHER_NAMESPACE"
    kubectl patch rolebinding "$SHARED_BINDING" -n "$NAMESPACE" --type=json -p '[{"op": "remove", "path": "/subjects/0"}]'
    kubectl apply -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: as-seen, namespace: $NAMESPACE}
rules:
  - {apiGroups: [""], resources: [configmaps], resourceNames: [$CONFIG_MAP], verbs: [get]}
  - {apiGroups: [""], resources: [pods], verbs: [list]}
  - {apiGroups: [apps], resources: [deployments/scale], resourceNames: [$WATCHED], verbs: [get]}
$(cat)
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: list-jobs, namespace: $OTHER_NAMESPACE}
rules:
  - {apiGroups: [batch], resources: [jobs], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: as-seen, namespace: $NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: as-seen}
subjects:
  - {kind: ServiceAccount, name: $SERVICE_ACCOUNT}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: list-jobs, namespace: $OTHER_NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: list-jobs}
subjects:
  - {kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccount:$NAMESPACE:$SERVICE_ACCOUNT"}
YAML
}
