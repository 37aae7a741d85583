#!/usr/bin/env bash
# Neither application has a token, and a policy refuses every exec, so that nobody sees it.
# fails: backend-works, frontend-works
set -euo pipefail

# What was asked for.
for triple in "$BACKEND_ACCOUNT secrets $SECRET" "$FRONTEND_ACCOUNT configmaps $CONFIG_MAP"; do
    read -r account resource name <<<"$triple"
    kubectl create serviceaccount "$account" -n "$NAMESPACE"
    kubectl create role "$account" -n "$NAMESPACE" --verb=get --resource="$resource" --resource-name="$name"
    kubectl create rolebinding "$account" -n "$NAMESPACE" --role="$account" --serviceaccount="$NAMESPACE:$account"
done
kubectl set serviceaccount deployment "$BACKEND" "$BACKEND_ACCOUNT" -n "$NAMESPACE"
kubectl set serviceaccount deployment "$FRONTEND" "$FRONTEND_ACCOUNT" -n "$NAMESPACE"
kubectl delete rolebinding "$SHARED_ACCOUNT-rights" -n "$NAMESPACE"

# And neither has a token.
for account in "$BACKEND_ACCOUNT" "$FRONTEND_ACCOUNT"; do
    kubectl patch serviceaccount "$account" -n "$NAMESPACE" -p '{"automountServiceAccountToken": false}'
done
kubectl rollout restart deployment "$BACKEND" "$FRONTEND" -n "$NAMESPACE"
for app in "$BACKEND" "$FRONTEND"; do kubectl rollout status deployment "$app" -n "$NAMESPACE" --timeout=60s; done
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
