# shellcheck shell=bash disable=SC2009
# What a machine looks like, to compare before and after: written as files into a folder. Sourced by the checks.

# Sysctls that count or draw something new each time they are read.
counters='^(fs\.(dentry-state|file-nr|inode-nr|inode-state|quota\.)|kernel\.(ns_last_pid|pty\.nr|random\.|tainted)|dev\.cdrom|net\.netfilter)'

snapshot() { # FOLDER
    mkdir -p "$1"
    processes | sort >"$1/processes"
    find /sys/fs/cgroup -type d | sort >"$1/control-groups"
    controllers >"$1/controllers"
    cut -d ' ' -f 3- /proc/self/mountinfo | sort >"$1/mounts"
    ip -o link | awk '{ print $2 }' | sort >"$1/links"
    {
        systemctl list-units --all --plain --no-legend
        ((EUID == 0)) || systemctl --user list-units --all --plain --no-legend
    } | awk '{ print $1 }' | grep -E '\.(scope|service|slice|mount)$' | sort >"$1/units"
    /sbin/sysctl -a 2>/dev/null | grep -vE "$counters" | sort >"$1/sysctls"
    find / \( -path /proc -o -path /sys -o -path "$1" \) -prune -o -print 2>/dev/null | sort >"$1/files"
}

# Processes other than the kernel's threads, those of this very check, and udev's workers, which come and go.
processes() {
    ps -eo pid=,ppid=,user=,args= | grep -vF '(udev-worker)' | awk -v self="$$" '
        { pid = $1; parent[pid] = $2; $1 = $2 = ""; what[pid] = pid $0 }
        END {
            for (pid in parent) {
                for (p = pid; p && p != self && p != 2; p = parent[p]) {}
                if (p != self && p != 2) print what[pid]
            }
        }'
}

# Which controllers are switched on for the children of the groups above the cluster's.
controllers() {
    local group
    for group in "" /system.slice /user.slice "/user.slice/user-$EUID.slice" "/user.slice/user-$EUID.slice/user@$EUID.service"; do
        echo "$group/ $(cat "/sys/fs/cgroup$group/cgroup.subtree_control")"
    done
}

# Processes of a cluster, wherever it runs.
cluster_processes() {
    ps -eo pid=,args= | grep -E '[0-9] (\S*/)?(satrain supervise|etcd|kube-|kubelet|containerd|satrain-|/pause)' | grep -v grep
}

# Control groups of a cluster: Kubernetes' own, and the unit's.
cluster_groups() {
    find /sys/fs/cgroup -type d \( -name 'satrain-*' -o -name 'kubepods*' \)
}

# The unit that systemd made for it.
cluster_units() {
    local manager=()
    ((EUID == 0)) || manager=(--user)
    systemctl "${manager[@]}" list-units --all --plain --no-legend 'satrain-*'
}

# Everything that should be as before. New files may only be those that satrain keeps: attempts, history and locks.
expect_unchanged() { # BEFORE AFTER
    local what state=$HOME/.local/state/satrain
    for what in processes control-groups controllers mounts links units sysctls; do
        expect_same "after the end, $what" "$1/$what" "$2/$what"
    done
    for what in "$1" "$2"; do
        # What udev locks while it settles after the start is not the cluster's.
        grep -vE "^(/dev(/.*)?|/run/udev/links/.*|$HOME/\.local(/state(/satrain(/.*)?)?)?)$" "$what/files" >"$what/files-of-others"
    done
    expect_same "after the end, files other than satrain's state" "$1/files-of-others" "$2/files-of-others"
    expect_is "after the end, satrain's state" "attempts clusters history.sqlite" \
        "$(find "$state" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | paste -sd ' ')"
    expect_is "after the end, what is left of the cluster in it" "satrain.lock" "$(find "$state/clusters" -mindepth 1 -printf '%P\n')"
}
