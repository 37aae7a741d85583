//! A test that cannot run on this machine says so and why, where the test runner does not swallow it.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "test support; each test file uses a part")]

use std::io::Write;

/// Says that the running test is left out. Where CI=true that is a failure: there, everything must run.
pub fn skip(why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "cannot be left out in CI: {why}");
    cannot_be_caused(why);
}

/// Says that what the test is about cannot be caused on this machine, in CI or not.
pub fn cannot_be_caused(why: &str) {
    let thread = std::thread::current();
    // Not `eprintln!`: the test runner would keep that for itself as long as the test passes.
    let _ = writeln!(std::io::stderr(), "left out: {}: {why}", thread.name().unwrap_or("a test"));
}
