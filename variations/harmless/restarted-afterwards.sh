# Restarts the Deployments once all is done.
# setup: kind: Deployment

after() {
    local changed=
    for space in $spaces; do
        [[ -n $(kubectl get deployments -n "$space" -o name) ]] || continue
        kubectl rollout restart deployment -n "$space"
        kubectl rollout status deployment -n "$space" --timeout=60s
        changed=1
    done
    [[ -n $changed ]] || skip "there is no Deployment"
}
