#!/usr/bin/env bash
# A policy with the spec from stdin, and its binding to the Namespace.
policy() {
    kubectl apply -f - <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: $NAMESPACE-no-tokens
spec:
$(cat)
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: $NAMESPACE-no-tokens
spec:
  policyName: $NAMESPACE-no-tokens
  validationActions: [Deny]
  matchResources:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NAMESPACE}}
YAML
}
