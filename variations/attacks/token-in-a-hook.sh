# Writes a token into the command of a hook.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "lifecycle": {"postStart": {"exec": {"command":
        ["true", "'"$(fresh_token)"'"]}}}}]}}'
}
