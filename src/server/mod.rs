//! The outermost floor: the listener, what is wrapped around every request, the pages below `/-/`, and the end.

mod lifecycle;
pub mod listen;

pub use lifecycle::Lifecycle;
