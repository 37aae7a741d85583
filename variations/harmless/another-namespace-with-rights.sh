# Leaves a Namespace with an account and rights of its own.
# reach: cluster

after() {
    local space=variation-rights-${spaces%% *}
    kubectl create namespace "$space"
    kubectl create serviceaccount variation -n "$space"
    kubectl create rolebinding variation -n "$space" --clusterrole=edit --serviceaccount="$space:variation"
}
