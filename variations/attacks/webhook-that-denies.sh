# Leaves a webhook that rejects new Pods, since nobody answers for it.
# reach: cluster

name=variation-${spaces%% *}.example.com

after() {
    make <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: $name}
webhooks:
  - name: $name
    clientConfig: {url: "https://127.0.0.1:1/"}
    failurePolicy: Fail
    sideEffects: None
    timeoutSeconds: 1
    admissionReviewVersions: [v1]
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${spaces%% *}}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
END
    local _
    for _ in {1..50}; do
        kubectl run variation -n "${spaces%% *}" --image=none --dry-run=server >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    no_effect "new Pods are admitted"
}

undo() {
    unmake "validatingwebhookconfiguration/$name"
    sleep 1
}
