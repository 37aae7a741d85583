# Binds a ClusterRole that is empty until another one is aggregated into it.
# fact: ^access \S+ \S+ exactly
# reach: cluster

after() {
    graded_account
    make <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: variation-$space}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {variation: $space}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: variation-part-$space, labels: {variation: $space}}
rules: [{apiGroups: [""], resources: [secrets], verbs: [delete]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: variation, namespace: $space}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: variation-$space}
subjects: [{kind: ServiceAccount, name: $account, namespace: $space}]
END
    may delete secrets
}

undo() {
    graded_account
    unmake rolebinding/variation -n "$space"
    unmake "clusterrole/variation-$space" "clusterrole/variation-part-$space"
}
