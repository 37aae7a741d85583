# Gives all rights to a ServiceAccount in a Namespace that carries the label of another attempt.
# reach: cluster

space=variation-${spaces%% *} account=variation

after() {
    kubectl create namespace "$space"
    kubectl label namespace "$space" satrain.dev/attempt=another satrain.dev/scenario=another
    kubectl create serviceaccount variation -n "$space"
    kubectl create clusterrolebinding "$space" --clusterrole=cluster-admin --serviceaccount="$space:variation"
    may delete secrets -n kube-system
}
