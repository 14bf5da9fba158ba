//! One thing a file, and a function fits a screen.

use super::{Law, Violation};
use crate::tree::Tree;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The most lines a file may have; 100 to 300 is good.
pub const FILE_LINES: usize = 800;
/// The most lines a function may have, from `fn` to its closing brace.
pub const FUNCTION_LINES: usize = 100;

/// The law.
pub const LAW: Law = Law {
    name: "length",
    demand: "a file has 100 to 300 lines at its best and 800 at most, a function at most 100",
    check,
    figure: Some(figure),
};

/// Finds files and functions that are too long.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (_, file) in tree.files().filter(|(_, file)| !file.is_generated()) {
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            let message = format!("{lines} lines; {FILE_LINES} is the end");
            found.push(Violation::new(LAW.name, &file.path, 0, message));
        }
        let mut meter = Meter { found: Vec::new() };
        if let Some(syntax) = &file.syntax {
            meter.visit_file(syntax);
        }
        for (line, name, lines) in meter.found {
            let message = format!("function `{name}` has {lines} lines; {FUNCTION_LINES} is the end");
            found.push(Violation::new(LAW.name, &file.path, line, message));
        }
    }
    found
}

/// How many files are longer than is good.
fn figure(tree: &Tree) -> String {
    let lengths = tree.files().filter(|(_, file)| !file.is_generated()).map(|(_, file)| file.text.lines().count());
    let (files, long) = lengths.fold((0, 0), |(files, long), lines| (files + 1, long + usize::from(lines > 300)));
    format!("{files} files, {long} of them above 300 lines")
}

struct Meter {
    found: Vec<(usize, String, usize)>,
}

impl Meter {
    fn measure(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.fn_token.span().start().line;
        let lines = body.span().end().line + 1 - first;
        if lines > FUNCTION_LINES {
            self.found.push((first, signature.ident.to_string(), lines));
        }
    }
}

impl<'ast> Visit<'ast> for Meter {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.measure(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
