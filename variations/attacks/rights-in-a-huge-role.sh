# Binds a Role with so many verbs and resources that their product is a million.
# fact: ^access \S+ \S+ exactly
# reach: cluster

after() {
    graded_account
    make <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: variation, namespace: $space}
rules: 
  - apiGroups: [""]
    resources: [secrets, $(seq -s , -f 'resource%g' 1000)]
    verbs: [delete, $(seq -s , -f 'verb%g' 1000)]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: variation, namespace: $space}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: variation}
subjects: [{kind: ServiceAccount, name: $account, namespace: $space}]
END
    may delete secrets
}

undo() {
    graded_account
    unmake role/variation rolebinding/variation -n "$space"
}
