//! Session descriptions to the exchange's vocabulary and back. Nothing is decided here.

mod part;
mod read;
mod write;

pub use part::description_in;
pub use read::{DescriptionFault, read_description, stands_behind_translator};
pub use write::LocalDescription;
