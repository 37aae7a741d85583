# Mounts a file of a projected volume with a token, by a `subPath` that is spelled otherwise.
# fact: ^tokenMount

after() {
    tokenless
    change_pod "$(mount_volume '"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}' ', "subPath": "./token"')"
}
