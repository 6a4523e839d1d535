//! The outermost floor: the listener, what is wrapped around every request, the pages below `/-/`, and the end.

mod admission;
mod face;
mod lifecycle;
pub mod listen;
pub mod ops;
pub mod request;

pub use lifecycle::Lifecycle;
