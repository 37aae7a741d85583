#!/usr/bin/env bash
# The exception in two policies: one for Pods without the label, one for Pods of other accounts.
set -euo pipefail

policy() {
    kubectl apply -f - <<EOF
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: $NAMESPACE-$1
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NAMESPACE}}
    objectSelector: {matchExpressions: [$2]}
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  validations:
    - expression: >-
        $3object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: $NAMESPACE-$1
spec:
  policyName: $NAMESPACE-$1
  validationActions: [Deny]
EOF
}

policy unlabelled "{key: api-access, operator: NotIn, values: [$GRANTED]}" ""
policy others "" "object.spec.serviceAccountName == '$OPERATOR_ACCOUNT' || "
