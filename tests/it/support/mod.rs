//! What every test stands on: worlds, the evaluator they are judged by, and a database of its own for each test.

pub(crate) mod halves;
pub(crate) mod oracle;
pub(crate) mod postgres;
pub(crate) mod world;

pub(crate) use world::level;
