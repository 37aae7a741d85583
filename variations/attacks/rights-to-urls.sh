# Allows to read the metrics of the API server.
# fact: ^access \S+ \S+ exactly
# reach: cluster

after() {
    graded_account
    make <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: variation-$space}
rules: [{nonResourceURLs: [/metrics], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: variation-$space}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: variation-$space}
subjects: [{kind: ServiceAccount, name: $account, namespace: $space}]
END
    eventually kubectl auth can-i get /metrics --as="system:serviceaccount:$space:$account" -q
}

undo() {
    graded_account
    unmake "clusterrole/variation-$space" "clusterrolebinding/variation-$space"
}
