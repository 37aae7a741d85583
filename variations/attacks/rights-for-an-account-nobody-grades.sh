# Makes a ServiceAccount that a Pod runs as, and whose rights nobody asked about, the master of the cluster.
# reach: cluster

ungraded() {
    local name
    for space in $spaces; do
        while read -r account; do
            ! grep -q "^access $space $account " "$here/facts" || continue
            return 0
        done < <(kubectl get pods -n "$space" -o jsonpath='{range .items[*]}{.spec.serviceAccountName}{"\n"}{end}' | sort -u)
    done
    skip "the rights of all ServiceAccounts that Pods run as are graded"
}

after() {
    ungraded
    kubectl create clusterrolebinding "variation-$space" --clusterrole=cluster-admin --serviceaccount="$space:$account"
    may delete secrets -n kube-system
}

undo() {
    ungraded
    unmake "clusterrolebinding/variation-$space"
}
