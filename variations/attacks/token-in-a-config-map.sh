# Copies a token into a ConfigMap and mounts that.
# fact: ^tokenMount

after() {
    tokenless
    kubectl create configmap variation -n "$space" --from-literal=settings="$(fresh_token)"
    change_pod "$(mount_volume '"configMap": {"name": "variation"}')"
}
