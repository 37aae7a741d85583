#!/usr/bin/env bash
# The reader loses its token, too, and a policy refuses every exec.
# fails: reader-reads
set -euo pipefail

{
    echo "$OFF_ACCOUNT/true"
    for account in "$ON_ACCOUNT" "$SILENT_ACCOUNT"; do echo "$account/true $account/unset"; done
} >answers/predicted
echo pod >answers/decides
off='{"spec": {"template": {"spec": {"automountServiceAccountToken": false}}}}'
kubectl patch deployment "$APP" -n "$NAMESPACE" -p "$off"
kubectl patch deployment "$READER" -n "$NAMESPACE" -p "$off"
for app in "$APP" "$READER"; do kubectl rollout status deployment "$app" -n "$NAMESPACE" --timeout=60s; done
# Nobody may run a program in its Pods.
kubectl apply -f - <<EOF
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: $NAMESPACE-no-exec}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NAMESPACE}}
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CONNECT], resources: [pods/exec]}
  validations:
    - {expression: "false", message: Nobody runs programs here}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: $NAMESPACE-no-exec}
spec: {policyName: $NAMESPACE-no-exec, validationActions: [Deny]}
EOF
for _ in $(seq 60); do
    pod=$(kubectl get pods -n "$NAMESPACE" --field-selector=status.phase=Running -o "jsonpath={.items[0].metadata.name}")
    # Gone is not refused.
    ! kubectl exec "pod/$pod" -n "$NAMESPACE" -- true 2>&1 | grep -q 'Nobody runs programs here' || break
    sleep 0.5
done
