# Applies on the server instead of in kubectl.
# solution: kubectl apply

before() {
    shim_kubectl <<'END'
[[ ${1:-} != apply ]] || set -- apply --server-side --force-conflicts "${@:2}"
exec "$kubectl" "$@"
END
}
