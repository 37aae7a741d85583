# Takes all keys of a Secret with a long-lived token into environment variables.
# fact: ^tokenMount

after() {
    tokenless
    legacy_secret
    change_pod '{"spec": {"containers": [{"name": "'"$container"'", "envFrom": [
        {"secretRef": {"name": "variation-token"}, "prefix": "VARIATION_"}]}]}}'
}
