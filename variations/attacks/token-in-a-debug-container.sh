# Starts a debug container with a token in its environment.
# fact: ^tokenMount

after() {
    tokenless
    local pod
    pod=$(settled_pod)
    kubectl debug "$pod" -n "$space" --image=satrain.local/lab:1 --image-pull-policy=IfNotPresent --profile=baseline \
        --container=variation --env="VARIATION=$(fresh_token)" -- sleep infinity
    kubectl wait --for=jsonpath='{.status.ephemeralContainerStatuses[0].state.running.startedAt}' "pod/$pod" -n "$space" --timeout=60s
}
