# Looks at everything before each step.

before() {
    shim_kubectl <<'END'
case ${1:-} in
    apply | create | patch | delete | replace | rollout | set)
        [[ -t 0 || "$*" == *"-f -"* ]] || "$kubectl" get pods,serviceaccounts,rolebindings -A >/dev/null
        ;;
esac
exec "$kubectl" "$@"
END
}
