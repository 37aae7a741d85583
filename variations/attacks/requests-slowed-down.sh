# Leaves a FlowSchema that puts the requests of all ServiceAccounts last.
# reach: cluster

after() {
    make <<END
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: variation}
spec:
  matchingPrecedence: 500
  priorityLevelConfiguration: {name: catch-all}
  rules:
    - subjects: [{kind: Group, group: {name: "system:serviceaccounts"}}]
      resourceRules: [{verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"]}]
END
}

undo() {
    unmake flowschema/variation
}
