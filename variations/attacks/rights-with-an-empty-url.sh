# Binds a ClusterRole with an empty URL beside one with a right to Secrets.
# fact: ^access \S+ \S+ exactly
# reach: cluster

after() {
    graded_account
    make <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: variation-$space}
rules: [{nonResourceURLs: [""], verbs: [get]}, {apiGroups: [""], resources: [secrets], verbs: [delete]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: variation-$space}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: variation-$space}
subjects: [{kind: ServiceAccount, name: $account, namespace: $space}]
END
    may delete secrets -n kube-system
}

undo() {
    graded_account
    unmake "clusterrole/variation-$space" "clusterrolebinding/variation-$space"
}
