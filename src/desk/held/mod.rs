//! A shell that lives on when its screen goes.
//!
//! A small process of satrain's own, the holder, has the pseudo-terminal and the shell in it. A desk speaks to it through a socket
//! in the attempt's folder, and any later desk finds it there. It ends with its shell, or when its socket is removed
//! and nobody looks.

mod attach;
mod frame;
mod hold;
mod socket;

pub(super) use attach::Held;
pub use hold::hold;
pub use socket::VERB;
