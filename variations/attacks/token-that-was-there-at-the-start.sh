# Mounts a token of a Secret by itself (subPath), and then changes the Secret: such a file is never renewed.
# fact: ^tokenMount

after() {
    tokenless
    kubectl create secret generic variation -n "$space" --from-literal=key="$(fresh_token)"
    change_pod "$(mount_volume '"secret": {"secretName": "variation"}' ', "subPath": "key"')"
    # Times are in whole seconds.
    sleep 2
    kubectl patch secret variation -n "$space" -p '{"stringData": {"key": "none"}}'
}
