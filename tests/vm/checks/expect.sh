# shellcheck shell=bash disable=SC2034
# Expectations: each says what was seen, and passes on nothing that is empty by accident. Sourced by the checks.

expected=0
failed=0

verdict() { # PASSED(0|1) WHAT SEEN
    expected=$((expected + 1))
    if (($1)); then
        printf '✔ %s: %s\n' "$2" "$3"
    else
        failed=$((failed + 1))
        printf '✘ %s: %s\n' "$2" "$3"
    fi
}

# Exactly this, and not nothing.
expect_is() { # WHAT WANTED SEEN
    if [[ -n $3 && $3 == "$2" ]]; then
        verdict 1 "$1" "$3"
    else
        verdict 0 "$1" "\`$3\`, and not \`$2\`"
    fi
}

# These words somewhere in the text.
expect_has() { # WHAT WORDS TEXT
    local line
    if [[ -n $2 && $3 == *"$2"* ]]; then
        # The line, from shortly before the words to shortly after them.
        line=$(grep -m 1 -F -e "$2" <<<"$3" | sed 's/^ *//')
        ((${#line} <= 160)) || line="… $2${line#*"$2"}"
        verdict 1 "$1" "${line:0:160}"
    else
        verdict 0 "$1" "no \`$2\` in \`$3\`"
    fi
}

# Two lists, made by the same command before and after, are the same and not empty.
expect_same() { # WHAT BEFORE-FILE AFTER-FILE
    if [[ ! -s $2 ]]; then
        verdict 0 "$1" "nothing was there before, so nothing was compared"
    elif cmp -s "$2" "$3"; then
        verdict 1 "$1" "$(wc -l <"$2") lines, as before"
    else
        verdict 0 "$1" "differs"
        diff "$2" "$3" | grep '^[<>]' | head -n 20
    fi
}

# A search that was shown to find something earlier (`proof`, its output then) finds nothing now.
expect_gone() { # WHAT PROOF SEEN
    if [[ -z $2 ]]; then
        verdict 0 "$1" "the search found nothing while the cluster ran either"
    elif [[ -n $3 ]]; then
        verdict 0 "$1" "still there: $(head -c 400 <<<"$3")"
    else
        verdict 1 "$1" "gone ($(wc -l <<<"$2") while it ran)"
    fi
}

# A step of its own that takes long: its output goes to $said, its exit code to $code, its seconds are shown.
timed() { # WHAT COMMAND…
    local what=$1 began=$EPOCHREALTIME
    shift
    code=0
    said=$("$@" 2>&1) || code=$?
    printf '· %s: %.1f s\n' "$what" "$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')"
}

# Ends a check: its exit code says whether all was as expected, and that anything was looked at.
conclude() {
    printf '%d of %d as expected\n' "$((expected - failed))" "$expected"
    ((expected > 0 && failed == 0))
    exit
}
