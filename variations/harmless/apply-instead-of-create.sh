# Applies a manifest instead of creating by command.
# solution: kubectl create (serviceaccount|role|rolebinding|configmap|secret)

before() {
    shim_kubectl <<'END'
case "${1:-} ${2:-}" in
    "create serviceaccount" | "create role" | "create rolebinding" | "create configmap" | "create secret")
        "$kubectl" "$@" --dry-run=client -o yaml | "$kubectl" apply -f -
        exit
        ;;
esac
exec "$kubectl" "$@"
END
}
