//! Calls with media, made by the bench itself so that every packet is known: signalling in [`telephones`], packets in
//! [`streams`]. None of it uses Almon's own SIP or RTP: a fault there must not hide itself.

pub mod message;
pub mod streams;
pub mod telephones;
