//! Where there is no Linux there is no sandbox.

use std::convert::Infallible;
use std::path::Path;
use std::process::ExitCode;

use tokio::process::{ChildStderr, ChildStdout};

use super::request::{Ended, Request, SandboxError};

/// None can be had.
#[derive(Debug)]
pub struct Sandbox(Infallible);

impl Sandbox {
    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub async fn start(_: Request) -> Result<Self, SandboxError> {
        Err(none())
    }

    /// Of what never ran.
    pub fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        match self.0 {}
    }

    /// Of what never ran.
    ///
    /// # Errors
    /// Never.
    pub async fn ended(&mut self) -> Result<Ended, SandboxError> {
        match self.0 {}
    }

    /// Of what never ran.
    ///
    /// # Errors
    /// Never.
    pub async fn take_back(self) -> Result<(), SandboxError> {
        match self.0 {}
    }
}

/// Refuses.
pub fn main() -> ExitCode {
    ExitCode::FAILURE
}

/// Refuses.
///
/// # Errors
/// Always.
pub async fn probe(_: &Path) -> Result<(), SandboxError> {
    Err(none())
}

fn none() -> SandboxError {
    SandboxError::Unavailable { what: "namespaces".into(), why: "they are Linux'".into() }
}
