# Projects an API token of its own at another path.
# fact: ^tokenMount

after() {
    tokenless
    change_pod "$(mount_volume '"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}')"
}
