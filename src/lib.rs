//! satrain
