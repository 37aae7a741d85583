# Makes a new ServiceAccount with rights in the Namespace.

space=${spaces%% *} account=variation

after() {
    kubectl create serviceaccount variation -n "$space"
    kubectl create rolebinding variation -n "$space" --clusterrole=admin --serviceaccount="$space:variation"
    may delete secrets
}

undo() {
    unmake rolebinding/variation serviceaccount/variation -n "$space"
}
