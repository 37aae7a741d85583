# Binds a Role to the group of all ServiceAccounts of the Namespace.
# fact: ^access \S+ \S+ exactly

after() {
    graded_account
    make <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: variation, namespace: $space}
rules: [{apiGroups: [""], resources: [secrets], verbs: [delete]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: variation, namespace: $space}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: variation}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts:$space"}]
END
    may delete secrets
}

undo() {
    graded_account
    unmake role/variation rolebinding/variation -n "$space"
}
