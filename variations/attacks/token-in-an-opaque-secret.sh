# Copies a token into an ordinary Secret and mounts that.
# fact: ^tokenMount

after() {
    tokenless
    kubectl create secret generic variation -n "$space" --from-literal=settings="$(fresh_token)"
    change_pod "$(mount_volume '"secret": {"secretName": "variation"}')"
}
