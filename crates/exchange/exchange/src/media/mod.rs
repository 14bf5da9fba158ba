//! How the exchange drives media: the legs that are open, the orders that await their outcome, and what a half knows of the
//! agreement on its leg.

pub mod agreement;
pub mod legs;
