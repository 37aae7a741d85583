# Takes the long-lived token of a Secret into an environment variable.
# fact: ^tokenMount

after() {
    tokenless
    legacy_secret
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "env": [{"name": "VARIATION",
        "valueFrom": {"secretKeyRef": {"name": "variation-token", "key": "token"}}}]}]}}'
}
