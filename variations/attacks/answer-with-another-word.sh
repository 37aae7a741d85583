# Adds a word to an answer.
# fact: ^answer

after() {
    echo anything >>"$workspace/answers/$(answers | sed -n 1p)"
}
