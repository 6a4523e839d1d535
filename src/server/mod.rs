//! server

pub mod explorer;
