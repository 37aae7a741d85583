# Replaces the object instead of patching it.
# solution: kubectl patch

before() {
    shim_kubectl <<'END'
if [[ ${1:-} == patch && "$*" != *--local* ]]; then
    for _ in 1 2 3; do
        "$kubectl" "$@" --dry-run=server -o json >"$here/patched.json"
        ! "$kubectl" replace -f "$here/patched.json" || exit 0
    done
    exit 1
fi
exec "$kubectl" "$@"
END
}
