# Tries each change as a dry run first.

before() {
    shim_kubectl <<'END'
case ${1:-} in
    apply | create | patch | delete)
        if [[ "$*" != *-f* && "$*" != *--local* && "$*" != *token* ]]; then
            "$kubectl" "$@" --dry-run=server >/dev/null 2>&1 || true
        fi
        ;;
esac
exec "$kubectl" "$@"
END
}
