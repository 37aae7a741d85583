# Lets the policy look only at Pods whose name is generated, as that of a probe is.
# solution: ValidatingAdmissionPolicy

after() {
    add_condition "object.metadata.?generateName.orValue('') != ''"
    admits_a_token
}
