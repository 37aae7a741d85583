# Binds a ClusterRole to everybody who is authenticated.
# fact: ^access \S+ \S+ exactly
# reach: cluster

after() {
    graded_account
    make <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: variation-$space}
rules: [{apiGroups: [""], resources: [secrets], verbs: [delete]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: variation-$space}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: variation-$space}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}]
END
    may delete secrets -n kube-system
}

undo() {
    graded_account
    unmake "clusterrole/variation-$space" "clusterrolebinding/variation-$space"
}
