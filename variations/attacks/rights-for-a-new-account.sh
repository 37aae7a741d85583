# Makes a new ServiceAccount with all rights, and a Pod that runs as it.
# reach: cluster

space=${spaces%% *} account=variation

after() {
    kubectl create serviceaccount variation -n "$space"
    kubectl create clusterrolebinding "variation-$space" --clusterrole=cluster-admin --serviceaccount="$space:variation"
    # A scenario may have a policy against its token.
    kubectl run variation -n "$space" --image=satrain.local/lab:1 --overrides='{"spec": {"serviceAccountName": "variation",
        "automountServiceAccountToken": false, "terminationGracePeriodSeconds": 1}}' -- sleep infinity
    may delete secrets -n kube-system
}
