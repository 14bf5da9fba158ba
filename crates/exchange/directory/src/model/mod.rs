//! The data of a site at one revision, and the records that calls leave behind.

pub mod extension;
pub mod hours;
pub mod record;
pub mod route;
pub mod service_number;
pub mod site;
pub mod trunk;
