# Refuses the grader to run a program in the Pods, by a policy.
# fact: ^exec
# reach: cluster

name=variation-${spaces%% *}

after() {
    graded '^exec '
    make <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: $name}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CONNECT], resources: [pods/exec]}]
  validations: [{expression: "false"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: $name}
spec:
  policyName: $name
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $space}}}
END
    local _
    for _ in {1..50}; do
        kubectl exec "$workload" -n "$space" -- true >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    no_effect "programs can still be run"
}

undo() {
    graded '^exec '
    unmake "validatingadmissionpolicy/$name" "validatingadmissionpolicybinding/$name"
    eventually kubectl exec "$workload" -n "$space" -- true
}
