//! Whether the disks have room for a build. Pure.
//!
//! In: the directories a build fills, with what is free and what is there already. Out: the file systems that
//! are too small. Directories on one file system share its space.

use std::path::PathBuf;

const GB: u64 = 1_000_000_000;

/// What a build puts into Go's build cache (measured: 3.7 GB).
pub const BUILD_CACHE: u64 = 4 * GB;
/// What it puts into Go's module cache (measured: 1.76 GB).
pub const MODULE_CACHE: u64 = 2 * GB;
/// The distribution with its staging directory, and the linker's temporary files.
pub const DISTRIBUTION: u64 = GB;

/// One directory that a build fills.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Room {
    /// The directory.
    pub path: PathBuf,
    /// The setting that moves it elsewhere.
    pub moved_by: &'static str,
    /// Bytes that a build from nothing needs there.
    pub need: u64,
    /// Bytes already there, which a build does not need again.
    pub have: u64,
    /// Bytes free on its file system.
    pub free: u64,
    /// Its file system.
    pub device: u64,
}

/// One file system that is too small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// The directories on it.
    pub rooms: Vec<Room>,
    /// Bytes that have to become free in all.
    pub need: u64,
    /// Bytes free now.
    pub free: u64,
}

/// The file systems without enough space for their directories.
pub fn shortages(rooms: &[Room]) -> Vec<Shortage> {
    let mut devices: Vec<u64> = rooms.iter().map(|room| room.device).collect();
    devices.sort_unstable();
    devices.dedup();
    devices
        .into_iter()
        .filter_map(|device| {
            let rooms: Vec<Room> = rooms.iter().filter(|room| room.device == device).cloned().collect();
            let need = rooms.iter().map(|room| room.need.saturating_sub(room.have)).sum();
            let free = rooms.iter().map(|room| room.free).min()?;
            (free < need).then_some(Shortage { rooms, need, free })
        })
        .collect()
}

/// What a build that begins with nothing takes of the disk, in words.
pub fn told(rooms: &[Room]) -> String {
    let all: u64 = rooms.iter().map(|room| room.need.saturating_sub(room.have)).sum();
    let each: Vec<String> =
        rooms.iter().map(|room| format!("{} in {}", human(room.need), room.path.display())).collect();
    format!("it takes up to {} of disk: {}", human(all), each.join(", "))
}

/// `3.7 GB`.
pub fn human(bytes: u64) -> String {
    format!("{}.{} GB", bytes / GB, bytes % GB / (GB / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(path: &str, need: u64, have: u64, free: u64, device: u64) -> Room {
        Room {
            path: path.into(),
            moved_by: "GOCACHE",
            need: need * GB,
            have: have * GB,
            free: free * GB,
            device,
        }
    }

    #[test]
    fn directories_on_one_file_system_add_up() {
        assert!(shortages(&[room("/a", 4, 0, 5, 1), room("/b", 2, 0, 5, 2)]).is_empty());
        let short = shortages(&[room("/a", 4, 0, 5, 1), room("/b", 2, 0, 5, 1)]);
        assert_eq!((short.len(), short[0].need, short[0].free), (1, 6 * GB, 5 * GB));
    }

    #[test]
    fn what_is_there_is_not_needed_again() {
        assert!(shortages(&[room("/a", 4, 9, 1, 1), room("/b", 2, 1, 1, 1)]).is_empty());
    }

    #[test]
    fn what_a_build_takes_is_told_with_its_places() {
        let rooms = [room("/a", 4, 0, 9, 1), room("/b", 2, 1, 9, 1)];
        assert_eq!(told(&rooms), "it takes up to 5.0 GB of disk: 4.0 GB in /a, 2.0 GB in /b");
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(human(3_760_000_000), "3.7 GB");
        assert_eq!(human(90_000_000), "0.0 GB");
    }
}
