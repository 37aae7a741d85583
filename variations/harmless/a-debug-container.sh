# Starts a debug container in the Pod of an application, and leaves it there.
# fact: ^(workload|exec|tokenMount)

after() {
    local pod
    graded '^(workload|exec|tokenMount) '
    pod=$(settled_pod)
    kubectl debug "$pod" -n "$space" --image=satrain.local/lab:1 --image-pull-policy=IfNotPresent --profile=baseline \
        --container=variation -- sleep infinity
    kubectl wait --for=jsonpath='{.status.ephemeralContainerStatuses[0].state.running.startedAt}' "pod/$pod" -n "$space" --timeout=60s
}
