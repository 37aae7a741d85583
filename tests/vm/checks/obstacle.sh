#!/bin/bash
# As root in the virtual machine: takes away one thing that an ordinary user's cluster needs, or gives it back.
# usage: obstacle.sh make|undo uidmap|max-namespaces|debian-namespaces|cpu-controller
set -euo pipefail
dropin=/etc/systemd/system/user@.service.d/obstacle.conf

# The user's manager is started anew, by a new login: the one that this ends begins again by itself.
log_in_again() {
    systemctl daemon-reload
    systemctl stop user-1000.slice
}

case "$1 $2" in
    "make uidmap") for tool in newuidmap newgidmap; do mv "/usr/bin/$tool" "/usr/bin/$tool.away"; done ;;
    "undo uidmap") for tool in newuidmap newgidmap; do mv "/usr/bin/$tool.away" "/usr/bin/$tool"; done ;;
    "make max-namespaces")
        sysctl -n user.max_user_namespaces >/run/max-namespaces
        sysctl -q -w user.max_user_namespaces=0
        ;;
    "undo max-namespaces") sysctl -q -w user.max_user_namespaces="$(cat /run/max-namespaces)" ;;
    "make debian-namespaces") sysctl -q -w kernel.unprivileged_userns_clone=0 ;;
    "undo debian-namespaces") sysctl -q -w kernel.unprivileged_userns_clone=1 ;;
    "make cpu-controller")
        mkdir -p "${dropin%/*}"
        # A list is added to what was there before; `no` empties it.
        printf '[Service]\nDelegate=no\nDelegate=memory pids\n' >"$dropin"
        log_in_again
        ;;
    "undo cpu-controller")
        rm -r "${dropin%/*}"
        log_in_again
        ;;
    *) exit 2 ;;
esac
