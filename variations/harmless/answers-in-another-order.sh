# Gives the words of an answer that is a set in another order, on one line.
# fact: ^answer \S+ set

after() {
    local key file
    for key in $(answers set); do
        file=$workspace/answers/$key
        tr -s ', ' '\n' <"$file" | tac | paste -sd' ' >"$here/answer"
        cp "$here/answer" "$file"
    done
}
