//! Hand-ins and marks in an object store, for machines that share nothing else.
//!
//! In: packed jobs of whoever has the class. Out: marks of whoever plays them, each one object, written once: the first counts. All
//! names follow from the content, so whatever is done twice is done once, and what several do is a union of sets.

use std::collections::BTreeSet;
use std::io;

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::job::{Job, Key};
use super::keep::{Keeper, Kept};
use super::mark::Mark;
use super::packed::PackedJob;
use crate::objects::{Objects, ObjectsError};
use crate::printable::{excerpt, printable};
use crate::result::recording::MAX_BYTES;

/// The object that says whose place this is.
const CLASS: &str = "class";
const JOBS: &str = "jobs";
const MARKS: &str = "marks";
const FAULTS: &str = "faults";

/// The longest mark that is read: its recording and its transcript are in it, as text in JSON.
const LONGEST: u64 = 2 * MAX_BYTES as u64 + (8 << 20);
/// The longest reason that is read, in bytes.
const LONGEST_REASON: u64 = 64 << 10;

/// How many requests are under way at a time.
const AT_ONCE: usize = 8;

/// A class's place in an object store.
#[derive(Debug, Clone)]
pub struct Pool {
    objects: Objects,
}

/// What is written for a mark.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    schema: String,
    mark: Mark,
    recording: String,
    transcript: String,
}

const SCHEMA: &str = "satrain.dev/sent-mark/v1";

type Result<T> = std::result::Result<T, ObjectsError>;

impl Pool {
    /// The one at a place of a store.
    pub fn new(objects: Objects) -> Self {
        Self { objects }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        self.objects.url()
    }

    /// Takes the place for a class. Out: whether it is that class's now, and no other's.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn claim(&self, class: &str) -> Result<bool> {
        if self.objects.put_new(CLASS, class.as_bytes().to_vec()).await? {
            return Ok(true);
        }
        let there = self.objects.get(CLASS, LONGEST_REASON).await?;
        Ok(there.is_none_or(|there| there == class.as_bytes()))
    }

    /// Has exactly these jobs to be played: others that were sent earlier are taken back.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn send(&self, jobs: &[(Key, PackedJob)]) -> Result<()> {
        let wanted: BTreeSet<&Key> = jobs.iter().map(|(key, _)| key).collect();
        let there = self.keys(JOBS).await?;
        let others = there.iter().filter(|key| !wanted.contains(key));
        self.objects.remove(others.map(|key| name(JOBS, key))).await?;
        // A reason of an earlier run says nothing about this one.
        self.objects.remove(self.keys(FAULTS).await?.iter().map(|key| name(FAULTS, key))).await?;
        futures::stream::iter(jobs)
            .map(|(key, job)| async move { self.objects.put(&name(JOBS, key), job.to_bytes()).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// The names of all jobs.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn jobs(&self) -> Result<BTreeSet<Key>> {
        self.keys(JOBS).await
    }

    /// The names of all marks.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn marks(&self) -> Result<BTreeSet<Key>> {
        self.keys(MARKS).await
    }

    /// A job, and how long its script may take; None: it was taken back. Inside: why it cannot be played.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn job(
        &self,
        key: &Key,
    ) -> Result<Option<std::result::Result<(Job, std::time::Duration), String>>> {
        let bytes = self.objects.get(&name(JOBS, key), PackedJob::LONGEST).await?;
        Ok(bytes.map(|bytes| PackedJob::unpacked(&bytes, key)))
    }

    /// What came of a job that was sent; None: nothing yet, or something that is no mark of it.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn kept(&self, job: &Job) -> Result<Option<Kept>> {
        let Some(bytes) = self.objects.get(&name(MARKS, &job.key), LONGEST).await? else { return Ok(None) };
        Ok(received(&bytes, job))
    }

    /// Why a job could not be graded, if somebody said so.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn reason(&self, key: &Key) -> Result<Option<String>> {
        let bytes = self.objects.get(&name(FAULTS, key), LONGEST_REASON).await?;
        Ok(bytes.map(|bytes| excerpt(&String::from_utf8_lossy(&bytes), 400)))
    }

    /// Removes jobs, marks and reasons of these names.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn remove(&self, keys: &BTreeSet<Key>) -> Result<()> {
        let all = [JOBS, FAULTS, MARKS].into_iter();
        self.objects.remove(all.flat_map(|folder| keys.iter().map(move |key| name(folder, key)))).await
    }

    /// Removes what is in the place of a mark, so that the job is played again.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn unmark(&self, key: &Key) -> Result<()> {
        self.objects.remove([name(MARKS, key)]).await
    }

    /// Takes back the jobs of these names that have a mark.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn finished(&self, keys: &BTreeSet<Key>) -> Result<()> {
        let marked = self.marks().await?;
        self.objects.remove(keys.intersection(&marked).map(|key| name(JOBS, key))).await
    }

    async fn keys(&self, folder: &str) -> Result<BTreeSet<Key>> {
        let names = self.objects.list(folder).await?;
        Ok(names.iter().filter_map(|name| Key::parse(name.strip_suffix(".json")?)).collect())
    }
}

/// What was sent for `job`. A mark of another script, or for other values, is none.
pub(super) fn received(bytes: &[u8], job: &Job) -> Option<Kept> {
    let sent: Sent = serde_json::from_slice(bytes).ok()?;
    let played = super::mark::PlayedPart::new(&job.script, &job.bound);
    let is_of = sent.schema == SCHEMA
        && sent.mark.is_sound(&job.key)
        && sent.mark.is_of_lab(&job.bound)
        && sent.mark.played == Some(played)
        && !sent.mark.by_own_recording;
    let printable_lines = |text: &str| text.lines().map(printable).collect::<Vec<_>>().join("\n");
    let transcript = printable_lines(&sent.transcript) + if sent.transcript.is_empty() { "" } else { "\n" };
    is_of.then(|| Kept {
        mark: sent.mark,
        recording: sent.recording.into_bytes(),
        transcript,
        script: Some(job.script.clone()),
    })
}

impl Keeper for Pool {
    fn keep<'a>(&'a self, key: &'a Key, kept: &'a Kept) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            let recording = String::from_utf8(kept.recording.clone()).map_err(io::Error::other)?;
            let (mark, transcript) = (kept.mark.clone(), kept.transcript.clone());
            let bytes = serde_json::to_vec(&Sent { schema: SCHEMA.into(), mark, recording, transcript })?;
            // Somebody else was first: then theirs counts.
            self.objects.put_new(&name(MARKS, key), bytes).await.map(drop).map_err(io::Error::other)
        })
    }

    fn fault<'a>(&'a self, key: &'a Key, why: &'a str) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            let why = excerpt(why, 400).into_bytes();
            self.objects.put(&name(FAULTS, key), why).await.map_err(io::Error::other)
        })
    }
}

fn name(folder: &str, key: &Key) -> String {
    format!("{folder}/{key}.json")
}
