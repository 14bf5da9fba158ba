//! Each law is shown to bite: a small tree that breaks it and one that keeps it.

mod bags;
mod binding;
mod citations;
mod comments;
mod documentation;
mod documents;
mod errors;
mod layering;
mod length;
mod licences;
mod names;
mod parsers;
mod port_numbers;
mod program;
mod purity;
mod sample;
mod statics;
mod struct_size;
mod syntax;
mod test_share;
mod words;
