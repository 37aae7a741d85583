#!/usr/bin/env bash
# A policy whose selector names no Namespace changes what is in none.
# fails: nothing-wider
# alone
set -euo pipefail

make_policy
kubectl apply -f - <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: $NAMESPACE-volumes}
spec:
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [persistentvolumes]}]
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration: {expression: "Object{metadata: Object.metadata{labels: {'stolen': 'yes'}}}"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: $NAMESPACE-volumes}
spec:
  policyName: $NAMESPACE-volumes
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: nowhere}}}
YAML
