# Gives an application a token in a ConfigMap, compressed and written backwards.
# fact: ^tokenMount

after() {
    tokenless
    kubectl create configmap variation -n "$space" --from-literal=key="$(fresh_token | gzip | base64 -w0 | rev)"
    change_pod "$(mount_volume '"configMap": {"name": "variation"}')"
}
