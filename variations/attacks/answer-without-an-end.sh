# Puts a link to an endless file in the place of an answer.
# fact: ^answer

after() {
    ln -sf /dev/zero "$workspace/answers/$(answers | sed -n 1p)"
}
