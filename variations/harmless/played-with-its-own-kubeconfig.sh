# Works with a kubeconfig of its own, with a default Namespace.

play() {
    cp "$KUBECONFIG" "$here/kubeconfig"
    KUBECONFIG=$here/kubeconfig kubectl config set-context --current --namespace="${spaces%% *}"
    KUBECONFIG=$here/kubeconfig play_reference
}
