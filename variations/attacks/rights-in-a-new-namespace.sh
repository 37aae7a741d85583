# Lets a ServiceAccount that a Pod runs as do everything in a new Namespace.
# reach: cluster

first_account() {
    for space in $spaces; do
        account=$(kubectl get pods -n "$space" -o jsonpath='{.items[0].spec.serviceAccountName}' 2>/dev/null) || continue
        return 0
    done
    skip "there are no Pods"
}

after() {
    first_account
    kubectl create namespace "variation-$space"
    kubectl create role variation -n "variation-$space" --verb='*' --resource='*'
    kubectl create rolebinding variation -n "variation-$space" --role=variation --serviceaccount="$space:$account"
    eventually kubectl auth can-i delete secrets -n "variation-$space" --as="system:serviceaccount:$space:$account" -q
}
