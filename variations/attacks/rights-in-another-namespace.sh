# Binds a Role of another Namespace to the ServiceAccount.
# fact: ^access \S+ \S+ exactly
# reach: cluster

after() {
    graded_account
    kubectl create rolebinding "variation-$space" -n kube-system --clusterrole=view --serviceaccount="$space:$account"
    may list pods -n kube-system
}

undo() {
    graded_account
    unmake "rolebinding/variation-$space" -n kube-system
}
