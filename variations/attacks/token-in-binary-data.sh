# Copies a token into the binary data of a ConfigMap and mounts that.
# fact: ^tokenMount

after() {
    tokenless
    kubectl create -f - <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: variation, namespace: $space}
binaryData: {settings: $(printf '\xff%s' "$(fresh_token)" | base64 -w 0)}
END
    change_pod "$(mount_volume '"configMap": {"name": "variation"}')"
}
