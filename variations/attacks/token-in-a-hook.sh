# Writes a token into the command of a hook.
# fact: ^tokenMount

after() {
    tokenless
    must_run true
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "lifecycle": {"postStart": {"exec": {"command":
        ["true", "'"$(fresh_token)"'"]}}}}]}}'
}
