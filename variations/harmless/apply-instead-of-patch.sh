# Exports the object, changes the file, and applies it.
# solution: kubectl patch

before() {
    shim_kubectl <<'END'
if [[ ${1:-} == patch && "$*" != *--local* ]]; then
    "$kubectl" "$@" --dry-run=server -o json >"$here/patched.json"
    exec "$kubectl" apply --server-side --force-conflicts -f <("$kubectl" patch --local -f "$here/patched.json" -o json --type=json \
        -p '[{"op": "remove", "path": "/metadata/managedFields"}]' 2>/dev/null || cat "$here/patched.json")
fi
exec "$kubectl" "$@"
END
}
