#!/usr/bin/env bash
# Pods with which the image was looked at name the application's program, and do not start it.
set -euo pipefail

solve
look() { # NAME LINE
    kubectl run "$1" -n "$NAMESPACE" --image=satrain.local/lab:1 --command -- sh -c "$2; sleep 3600"
}
look where 'which web'
look sum 'sha256sum /bin/web; type web; ls -l /bin/web | head -n 1'
