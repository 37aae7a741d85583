//! The home screen: what there is to do now, one key each.

mod open;
mod screen;

#[cfg(test)]
mod tests;

pub use open::open;
