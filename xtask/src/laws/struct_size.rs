//! A struct that knows too much is several structs: nest by subject.

use super::{Law, Violation};
use crate::tree::Tree;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The most fields a struct, or a variant of an enum, may have.
pub const FIELDS: usize = 20;

/// The law.
pub const LAW: Law = Law {
    name: "struct size",
    demand: "a struct, or a variant of an enum, has at most 20 fields",
    check,
    figure: None,
};

/// Finds structs that are too wide.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (_, file) in tree.files() {
        let mut counter = Counter { found: Vec::new() };
        if let Some(syntax) = &file.syntax {
            counter.visit_file(syntax);
        }
        for (line, name, fields) in counter.found {
            let message = format!("`{name}` has {fields} fields; {FIELDS} is the end");
            found.push(Violation::new(LAW.name, &file.path, line, message));
        }
    }
    found
}

struct Counter {
    found: Vec<(usize, String, usize)>,
}

impl Counter {
    fn count(&mut self, name: &syn::Ident, fields: &syn::Fields) {
        if fields.len() > FIELDS {
            self.found.push((name.span().start().line, name.to_string(), fields.len()));
        }
    }
}

impl<'ast> Visit<'ast> for Counter {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.count(&item.ident, &item.fields);
        visit::visit_item_struct(self, item);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.count(&variant.ident, &variant.fields);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        let fields = item.fields.named.len();
        if fields > FIELDS {
            self.found.push((item.span().start().line, item.ident.to_string(), fields));
        }
    }
}
