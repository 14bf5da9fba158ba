//! line-sip
