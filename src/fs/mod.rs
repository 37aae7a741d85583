//! Files as several processes may share them: locks, files that are there whole or not at all, private folders.
//!
//! In: paths and bytes. Out: `std::io` results; callers add where and what to do. Nothing here knows what is in a file.

mod atomic;
mod digest;
mod foreign;
mod inherited;
mod lock;
mod private;

pub use atomic::Owner;
pub(crate) use atomic::{Durability, TEMPORARY, write_atomic, write_atomic_for};
pub(crate) use digest::sha256_of;
pub(crate) use foreign::{foreign_bytes, foreign_file, foreign_text};
pub(crate) use inherited::close_inherited;
pub(crate) use lock::RETRY;
pub use lock::{Holder, Lock};
pub(crate) use private::make_private;
