#!/usr/bin/env bash
# Not rights, but what all share: a label for Pod Security, a PriorityClass, a taint, a webhook that refuses.
# fails: nothing-wider
set -euo pipefail

withdraw_from_default
withdraw_from_group
make_account
move_app
kubectl label namespace kube-system pod-security.kubernetes.io/enforce=privileged
kubectl create priorityclass "$NAMESPACE-first" --value=1000
kubectl taint nodes --all example.com/mine=true:PreferNoSchedule
kubectl apply -f - <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: $NAMESPACE-refuses}
webhooks:
  - name: refuses.example.com
    clientConfig: {url: "https://127.0.0.1:9/"}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
    failurePolicy: Ignore
    sideEffects: None
    admissionReviewVersions: [v1]
YAML
