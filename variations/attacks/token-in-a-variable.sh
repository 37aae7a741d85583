# Writes a token into the value of an environment variable.
# fact: ^tokenMount

after() {
    tokenless
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "env": [{"name": "VARIATION", "value": "'"$(fresh_token)"'"}]}]}}'
}
