# Allows to write RoleBindings and to bind every Role.
# fact: ^access \S+ \S+ exactly

after() {
    graded_account
    make <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: variation, namespace: $space}
rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings], verbs: [create, bind, escalate]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: variation, namespace: $space}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: variation}
subjects: [{kind: ServiceAccount, name: $account, namespace: $space}]
END
    may create rolebindings
}

undo() {
    graded_account
    unmake role/variation rolebinding/variation -n "$space"
}
