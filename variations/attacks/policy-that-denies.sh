# Leaves a policy that rejects new ConfigMaps and Secrets, in another Namespace, too.
# reach: cluster

name=variation-${spaces%% *}

after() {
    make <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: $name}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps, secrets]}]
  validations: [{expression: "false"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: $name}
spec:
  policyName: $name
  validationActions: [Deny]
  matchResources:
    namespaceSelector:
      matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: ["${spaces%% *}", default]}]
END
    local _
    for _ in {1..50}; do
        kubectl create configmap variation -n "${spaces%% *}" --dry-run=server >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    no_effect "new ConfigMaps are admitted"
}

undo() {
    unmake "validatingadmissionpolicy/$name" "validatingadmissionpolicybinding/$name"
    eventually kubectl create configmap variation -n "${spaces%% *}" --dry-run=server
}
