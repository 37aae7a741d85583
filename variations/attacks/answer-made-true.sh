# Makes a Pod, and names it in an answer: what was true at setup is the key.
# fact: ^answer \S+ set Pod

after() {
    local key file line namespace=${spaces%% *} made=
    for key in $(answers set Pod); do
        file=$workspace/answers/$key
        line=$(tr -s ', ' '\n' <"$file" | sed -n 1p)
        case $line in
            */*) line=$namespace/variation ;;
            *=*) line=variation=default ;;
            *) continue ;;
        esac
        echo "$line" >>"$file"
        made=1
    done
    [[ -n $made ]] || skip "no answer names Pods"
    kubectl run variation -n "$namespace" --image=satrain.local/lab:1 --overrides='{"spec": {"terminationGracePeriodSeconds": 1}}' -- sleep infinity
    kubectl wait --for=condition=Ready pod/variation -n "$namespace" --timeout=30s
}
