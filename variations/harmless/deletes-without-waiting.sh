# Deletes without waiting until the objects are gone, and then waits for it.
# solution: kubectl delete

before() {
    shim_kubectl <<'END'
if [[ ${1:-} == delete && "$*" != *--wait* ]]; then
    "$kubectl" "$@" --wait=false
    sleep 3
    exit
fi
exec "$kubectl" "$@"
END
}
