//! Checkpoints of a cluster: its whole state at a moment, which can be brought back.
//!
//! In: the socket on which the cluster's etcd answers (`distro/checkpoints`). Out: a number for a moment, and what
//! changed when it was brought back. A cluster without such a socket has no checkpoints.

use std::io::{Error, Result};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer: a line for each object of a lab.
const MAX_ANSWER: u64 = 16 << 20;

/// A moment: a revision of etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(i64);

/// What was done to an object when a moment was brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its key, as in `clusterroles/view` or `secrets/production/login`.
    pub key: String,
    /// Whether it was put back; else it was removed.
    pub put_back: bool,
}

/// The checkpoints of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoints {
    socket: PathBuf,
}

impl Checkpoints {
    /// Those that are served on `socket`.
    pub fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Now.
    ///
    /// # Errors
    /// When nobody answers there.
    pub async fn now(&self) -> Result<Moment> {
        let answer = self.ask("revision").await?;
        let number = answer.strip_prefix("ok ").and_then(|rest| rest.trim().parse().ok());
        number.map(Moment).ok_or_else(|| Error::other(format!("unexpected answer {:?}", answer.trim())))
    }

    /// Brings a moment back; the control plane and the node follow by their watches.
    ///
    /// # Errors
    /// When nobody answers, or the moment is too long ago. Then a part may have been brought back.
    pub async fn restore(&self, moment: Moment) -> Result<Vec<Change>> {
        let answer = self.ask(&format!("restore {}", moment.0)).await?;
        let (head, lines) = answer.split_once('\n').unwrap_or((&answer, ""));
        // The empty line at its end shows that the answer is whole.
        if head != "ok" || !answer.ends_with("\n\n") {
            return Err(Error::other(format!("unexpected answer {head:?}")));
        }
        Ok(lines.lines().filter_map(change).collect())
    }

    /// Removes all history: no earlier moment can be brought back, or read through the API.
    ///
    /// # Errors
    /// When nobody answers, or it cannot be done.
    pub async fn forget(&self) -> Result<()> {
        match self.ask("forget").await?.trim() {
            "ok" => Ok(()),
            answer => Err(Error::other(format!("unexpected answer {answer:?}"))),
        }
    }

    async fn ask(&self, request: &str) -> Result<String> {
        timeout(PATIENCE, self.exchange(request)).await.map_err(|_| Error::other("no answer"))?
    }

    async fn exchange(&self, request: &str) -> Result<String> {
        // By way of the folder: the path of a socket may have 107 bytes only.
        let (Some(folder), Some(name)) = (self.socket.parent(), self.socket.file_name()) else {
            return Err(Error::other("no path of a socket"));
        };
        let folder = std::fs::File::open(folder)?;
        let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name);
        let mut stream = UnixStream::connect(short).await?;
        stream.write_all(format!("{request}\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.take(MAX_ANSWER).read_to_string(&mut answer).await?;
        match answer.strip_prefix("error ") {
            Some(why) => Err(Error::other(why.trim().to_owned())),
            None => Ok(answer),
        }
    }
}

/// `- /registry/pods/a/web`, `+ /registry/clusterroles/view`.
fn change(line: &str) -> Option<Change> {
    let (sign, key) = line.split_once(' ')?;
    let key = key.strip_prefix("/registry/")?.to_owned();
    Some(Change { key, put_back: sign == "+" })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    async fn answered(answer: &'static str) -> Result<Vec<Change>> {
        let root = tempfile::tempdir().unwrap();
        // Longer than the path of a socket may be.
        let folder = root.path().join("x".repeat(120));
        std::fs::create_dir(&folder).unwrap();
        let here = std::fs::File::open(&folder).unwrap();
        let listener = UnixListener::bind(format!("/proc/self/fd/{}/s", here.as_raw_fd())).unwrap();
        let server = std::thread::spawn(move || {
            use std::io::{Read, Write};
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 10];
            let count = stream.read(&mut asked).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            asked[..count].to_vec()
        });
        let restored = Checkpoints::new(folder.join("s")).restore(Moment(7)).await;
        assert_eq!(server.join().unwrap(), b"restore 7\n");
        restored
    }

    #[tokio::test]
    async fn what_was_changed_is_told() {
        let changes =
            answered("ok\n- /registry/pods/a/web\n+ /registry/clusterroles/view\n\n").await.unwrap();
        let told: Vec<(&str, bool)> = changes.iter().map(|c| (c.key.as_str(), c.put_back)).collect();
        assert_eq!(told, [("pods/a/web", false), ("clusterroles/view", true)]);
        assert_eq!(answered("ok\n\n").await.unwrap(), []);
    }

    #[tokio::test]
    async fn half_an_answer_and_a_refusal_are_errors() {
        assert!(answered("ok\n- /registry/pods/a/w").await.is_err());
        assert!(answered("").await.is_err());
        assert_eq!(answered("error compacted\n").await.unwrap_err().to_string(), "compacted");
    }

    #[tokio::test]
    async fn without_a_socket_there_is_an_error() {
        assert!(Checkpoints::new("/nowhere/s".into()).now().await.is_err());
    }
}
