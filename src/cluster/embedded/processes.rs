//! The processes of a cluster, found from the host through /proc: all descendants of its supervisor.

use std::collections::HashMap;
use std::fs;

/// One process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    /// On the host.
    pub(crate) pid: i32,
    /// In the innermost pid namespace that it is in.
    pub(crate) inner: i32,
    parent: i32,
}

/// The supervisor and everything below it, containers included.
pub(crate) fn of(supervisor: i32) -> Vec<Process> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        let text = fs::read_to_string(entry.path().join("status")).ok()?;
        parse(&text)
    });
    below(supervisor, all)
}

/// How many of them are neither the supervisor, nor its init, nor one of `components`.
pub(crate) fn others(all: &[Process], supervisor: i32, components: &[i32]) -> usize {
    let is_known =
        |p: &&Process| p.pid == supervisor || p.parent == supervisor || components.contains(&p.pid);
    all.iter().filter(|p| !is_known(p)).count()
}

/// Proportional set size of the processes, in bytes; `None` if not one may be read.
pub(crate) fn memory(processes: &[Process]) -> Option<u64> {
    let sizes = processes.iter().filter_map(|p| {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", p.pid)).ok()?;
        field(&text, "Pss:").map(|kb| kb * 1024)
    });
    sizes.reduce(|a, b| a + b)
}

fn below(root: i32, all: impl Iterator<Item = Process>) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    let mut found = Vec::new();
    for process in all {
        if process.pid == root {
            found.push(process);
        } else {
            children.entry(process.parent).or_default().push(process);
        }
    }
    let mut at = 0;
    while let Some(process) = found.get(at).copied() {
        found.extend(children.remove(&process.pid).unwrap_or_default());
        at += 1;
    }
    found
}

/// From the text of /proc/PID/status.
fn parse(status: &str) -> Option<Process> {
    let line = |name: &str| status.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
    Some(Process {
        pid: line("Pid:")?.parse().ok()?,
        inner: line("NSpid:")?.split_whitespace().nth(1).or(line("Pid:"))?.parse().ok()?,
        parent: line("PPid:")?.parse().ok()?,
    })
}

fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|l| l.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32) -> Process {
        Process { pid, inner: 0, parent }
    }

    #[test]
    fn what_is_no_component_is_of_a_pod() {
        let all = [process(2, 1), process(3, 2), process(4, 3), process(5, 3), process(6, 5)];
        assert_eq!(others(&all, 2, &[4, 5]), 1);
        assert_eq!(others(&all, 2, &[4, 5, 6]), 0);
    }

    #[test]
    fn descendants_are_found_whatever_their_order() {
        let all = [process(5, 4), process(4, 2), process(2, 1), process(9, 1), process(3, 2)];
        let mut pids: Vec<i32> = below(2, all.into_iter()).iter().map(|p| p.pid).collect();
        pids.sort_unstable();
        assert_eq!(pids, [2, 3, 4, 5]);
        assert!(below(7, all.into_iter()).is_empty());
    }

    #[test]
    fn the_pid_inside_the_cluster_is_the_second_one() {
        let text = "Name:\tetcd\nPid:\t812\nPPid:\t700\nNSpid:\t812\t5\n";
        assert_eq!(parse(text), Some(Process { pid: 812, inner: 5, parent: 700 }));
        assert_eq!(parse("Pid:\t8\nPPid:\t7\nNSpid:\t8\n").unwrap().inner, 8);
    }

    #[test]
    fn memory_is_read_from_the_roll_up() {
        assert_eq!(field("Rss:  9 kB\nPss:   512 kB\n", "Pss:"), Some(512));
    }
}
