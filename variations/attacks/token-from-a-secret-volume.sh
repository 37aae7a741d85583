# Mounts the long-lived token of a Secret.
# fact: ^tokenMount

after() {
    tokenless
    legacy_secret
    change_pod "$(mount_volume '"secret": {"secretName": "variation-token"}')"
}
