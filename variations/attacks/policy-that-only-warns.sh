# Lets the policy warn instead of reject.
# solution: ValidatingAdmissionPolicy

after() {
    kubectl get validatingadmissionpolicybindings -o name | grep "/${spaces%% *}" |
        xargs -I{} kubectl patch {} --type=merge -p '{"spec": {"validationActions": ["Warn"]}}'
    admits_a_token
}
