//! Satrain's own work on a Kubernetes that somebody has: Pods that hold a lab cluster each.
//!
//! In: a client of that cluster, and what is wanted. Out: objects that carry satrain's labels, what became of them in words, and none of
//! them at the end. Never: a token of that cluster in a Pod, or a Pod that may be on any node without somebody's word for it.

mod gone;
mod job;
mod pod;
mod run;
mod said;
mod seat;
mod seats;

pub use gone::WorkloadError;
pub use job::{ArrayJob, QUEUE_LABEL};
pub use pod::{Node, PodWish, Size, Volume};
pub use run::{Running, State, is_taken};
pub use seat::{NAME as SEAT, PORT, Reach, Seat};
pub use seats::{Address, Said, SeatState, Seats};
