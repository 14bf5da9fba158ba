//! The registrar, RFC 3261 section 10 with Path (RFC 3327) and the flows of RFC 5626: which telephone is reached where.

mod binding;
mod machine;
mod request;
#[cfg(test)]
mod tests;

pub use binding::{Binding, BindingId, StoredBinding};
pub use machine::{Change, Gone, Registrar, RegistrarConfig, RegistrarOutput};
pub use request::{ContactRequest, Registration, Rejection};
