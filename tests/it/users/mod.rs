//! Users: the namespaces that they and groups have.

mod namespaces;
