//! media-plan
