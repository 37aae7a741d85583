# Lets the policy answer dry runs only.
# solution: ValidatingAdmissionPolicy

after() {
    add_condition "request.dryRun == true"
    admits_a_token
}
