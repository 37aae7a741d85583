# Writes a token into an annotation and has the downward API hand it in.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"metadata": {"annotations": {"variation": "'"$(fresh_token)"'"}}}'
    change_pod "$(mount_volume '"downwardAPI": {"items": [{"path": "notes", "fieldRef": {"fieldPath": "metadata.annotations"}}]}')"
}
