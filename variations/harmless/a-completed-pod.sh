# Leaves a Pod that ran a command and is done.

after() {
    kubectl run variation -n "${spaces%% *}" --image=satrain.local/lab:1 --restart=Never \
        --overrides='{"spec": {"automountServiceAccountToken": false}}' -- true
    kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/variation -n "${spaces%% *}" --timeout=30s
}
