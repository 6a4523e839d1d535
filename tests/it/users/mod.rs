//! Users: made, asked where they are members, and the namespaces that they and groups have.

mod creating;
mod joining;
mod memberships;
mod namespaces;
