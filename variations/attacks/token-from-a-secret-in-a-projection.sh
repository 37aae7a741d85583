# Mounts the long-lived token of a Secret in a projected volume, under a harmless name.
# fact: ^tokenMount

after() {
    tokenless
    legacy_secret
    change_pod "$(mount_volume '"projected": {"sources": [{"secret": {"name": "variation-token",
        "items": [{"key": "token", "path": "notes.txt"}]}}]}')"
}
