//! line-voice
