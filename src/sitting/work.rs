//! Pure: from requests in the audit log of one cluster to what was done on each host there.
//!
//! In: the requests of the hosts' users, and which Namespaces each task has. Out: how long and how often each host was at work, and
//! where it changed what is another task's. A request says nothing of why it was made.

use std::time::Duration;

use jiff::Timestamp;

use super::result::{Elsewhere, Stay, Work};
use crate::lab::requests::Request;

/// A pause that is longer ends a stretch of work.
const PAUSE: Duration = Duration::from_secs(120);

/// A task of the cluster, and by what its work is told.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    /// The task's number.
    pub task: usize,
    /// The user that its host is to the API.
    pub user: &'a str,
    /// The Namespaces that it has.
    pub namespaces: &'a [String],
}

/// What was done on each host, in the order of `hosts`, which are all hosts of one cluster.
pub fn works(requests: &[Request], hosts: &[Host<'_>]) -> Vec<(usize, Work)> {
    hosts.iter().map(|host| (host.task, work(requests, host, hosts))).collect()
}

fn work(requests: &[Request], host: &Host<'_>, hosts: &[Host<'_>]) -> Work {
    let mut own: Vec<&Request> = requests.iter().filter(|request| request.user == host.user).collect();
    // The log has them in the order in which they ended.
    own.sort_by_key(|request| request.at);
    let times: Vec<Timestamp> = own.iter().map(|request| request.at).collect();
    let stretches = stretches(&times);
    let changes: Vec<&Request> = own.into_iter().filter(|request| request.changes()).collect();
    Work {
        first: times.first().copied(),
        last: times.last().copied(),
        requests: count(times.len()),
        changes: count(changes.len()),
        active: active(&stretches),
        stretches,
        elsewhere: elsewhere(&changes, host, hosts),
    }
}

/// From the first to the last request of each stretch without a long pause; a single request takes no time, and is none.
fn stretches(times: &[Timestamp]) -> Vec<Stay> {
    let mut found: Vec<Stay> = Vec::new();
    for pair in times.windows(2) {
        let (from, until) = (pair[0], pair[1]);
        if from.duration_until(until).unsigned_abs() > PAUSE {
            continue;
        }
        match found.last_mut().filter(|last| last.until == from) {
            Some(last) => last.until = until,
            None => found.push(Stay { from, until }),
        }
    }
    found
}

/// Whole seconds in all of them.
fn active(stretches: &[Stay]) -> u64 {
    let times = stretches.iter().map(|stay| stay.from.duration_until(stay.until).unsigned_abs());
    times.sum::<Duration>().as_secs()
}

fn elsewhere(changes: &[&Request], host: &Host<'_>, hosts: &[Host<'_>]) -> Vec<Elsewhere> {
    let has = |host: &Host<'_>, request: &Request| {
        request.namespace.as_ref().is_some_and(|namespace| host.namespaces.contains(namespace))
    };
    let others = hosts.iter().filter(|other| other.task != host.task);
    let found = others.filter_map(|other| {
        let mut there = changes.iter().filter(|request| has(other, request) && !has(host, request));
        let first = there.next()?.at;
        Some(Elsewhere { task: other.task, changes: count(1 + there.count()), first })
    });
    found.collect()
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(user: &str, second: i64, verb: &str, namespace: &str) -> Request {
        Request {
            path: String::new(),
            at: Timestamp::from_second(1_700_000_000 + second).unwrap(),
            user: user.into(),
            verb: verb.into(),
            namespace: Some(namespace.into()),
            resource: "pods".into(),
            name: Some("app".into()),
            code: 200,
        }
    }

    fn of(requests: &[Request]) -> Vec<(usize, Work)> {
        let (one, two) = (["web-1".to_owned()], ["web-2".to_owned(), "shared-2".to_owned()]);
        let hosts = [
            Host { task: 1, user: "sa-01", namespaces: &one },
            Host { task: 2, user: "sa-02", namespaces: &two },
        ];
        works(requests, &hosts)
    }

    #[test]
    fn a_long_pause_ends_a_stretch_and_the_logs_order_is_of_no_matter() {
        let mut requests: Vec<Request> =
            [0, 60, 180, 301, 310].map(|second| request("sa-01", second, "get", "web-1")).into();
        requests.reverse();
        let work = &of(&requests)[0].1;
        assert_eq!((work.active, work.requests, work.changes), (189, 5, 0));
        let stretch =
            |from, until| Stay { from: request("", from, "", "").at, until: request("", until, "", "").at };
        assert_eq!(work.stretches, [stretch(0, 180), stretch(301, 310)]);
        assert_eq!(work.first, Some(request("", 0, "", "").at));
        assert_eq!(work.last, Some(request("", 310, "", "").at));
        // A single request takes no time.
        assert_eq!(of(&requests[..1])[0].1.active, 0);
    }

    #[test]
    fn changes_where_another_task_is_are_told_and_looking_is_not() {
        let works = of(&[
            request("sa-01", 0, "get", "web-2"),
            request("sa-01", 5, "patch", "web-2"),
            request("sa-01", 9, "create", "shared-2"),
            request("sa-01", 12, "patch", "web-1"),
            request("sa-02", 20, "delete", "web-2"),
            request("sa-02", 30, "delete", "elsewhere"),
        ]);
        let wrong = Elsewhere { task: 2, changes: 2, first: request("", 5, "", "").at };
        assert_eq!(works[0].1.elsewhere, [wrong]);
        assert_eq!((works[0].1.changes, works[1].1.changes), (3, 2));
        assert_eq!(works[1].1.elsewhere, []);
    }

    #[test]
    fn without_requests_there_is_no_work() {
        assert_eq!(of(&[])[1], (2, Work::default()));
    }
}
