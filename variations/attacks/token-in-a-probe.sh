# Writes a token into the command of a probe.
# fact: ^tokenMount

after() {
    tokenless
    must_run test -n x
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "startupProbe": {"periodSeconds": 1, "exec": {"command":
        ["test", "-n", "'"$(fresh_token)"'"]}}}]}}'
}
