# Leaves a node on which no new Pod is scheduled.
# reach: cluster

after() {
    kubectl cordon "$(kubectl get nodes -o jsonpath='{.items[0].metadata.name}')"
}

undo() {
    kubectl uncordon "$(kubectl get nodes -o jsonpath='{.items[0].metadata.name}')"
}
