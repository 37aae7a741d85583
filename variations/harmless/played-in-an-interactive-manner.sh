# Plays the reference solution with all its output, as a person does who looks at each step.

play() {
    PATH="$here/shims:$PATH" bash -xeuo pipefail "$reference" --verbose
}
