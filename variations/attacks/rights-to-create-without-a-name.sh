# Allows to create Pods, for objects whose name is empty, as every name is when they are created.
# fact: ^access \S+ \S+ exactly

after() {
    graded_account
    make <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: variation, namespace: $space}
rules: [{apiGroups: [""], resources: [pods], resourceNames: [""], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: variation, namespace: $space}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: variation}
subjects: [{kind: ServiceAccount, name: $account, namespace: $space}]
END
    may create pods
}

undo() {
    graded_account
    unmake role/variation rolebinding/variation -n "$space"
}
