//! losing
