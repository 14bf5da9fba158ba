//! Stream connections: TCP and TLS, on a thread of their own.

mod connection;
pub mod service;
pub mod tls;
