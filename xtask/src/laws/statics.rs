//! No state that everybody shares: what can change has one owner and is handed on.

use super::{Law, Violation};
use crate::tree::{Floor, Tree};
use syn::visit::{self, Visit};

/// The law.
pub const LAW: Law = Law {
    name: "statics",
    demand: "no mutable static: neither `static mut` nor a static or thread-local lock, cell or atomic (tests may)",
    check,
    figure: None,
};

/// Types that make a static change; a `LazyLock` or `OnceLock` of none of them is a constant that is computed once.
const CHANGING: &[&str] = &["Mutex", "RwLock", "RefCell", "Cell", "UnsafeCell", "SyncUnsafeCell", "DashMap", "ArcSwap"];

/// Finds statics that change.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (_, file) in tree.files().filter(|(room, _)| room.floor != Some(Floor::Tool)) {
        let mut finder = Finder { found: Vec::new() };
        if let Some(syntax) = &file.syntax {
            finder.visit_file(syntax);
        }
        for (line, name) in finder.found.into_iter().filter(|(line, _)| !file.is_test(*line)) {
            found.push(Violation::new(LAW.name, &file.path, line, format!("the static `{name}` can change")));
        }
    }
    found
}

struct Finder {
    found: Vec<(usize, String)>,
}

impl Finder {
    fn judge(&mut self, item: &syn::ItemStatic) {
        let mut reader = TypeReader { changes: false };
        reader.visit_type(&item.ty);
        if reader.changes || matches!(item.mutability, syn::StaticMutability::Mut(_)) {
            self.found.push((item.ident.span().start().line, item.ident.to_string()));
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.judge(item);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.segments.last().is_some_and(|last| last.ident == "thread_local") {
            let name = "thread_local!".to_owned();
            let text = call.tokens.to_string();
            let mut words = text.split(|sign: char| !sign.is_alphanumeric());
            if words.any(|word| CHANGING.contains(&word) || word.starts_with("Atomic")) {
                self.found.push((call.path.segments[0].ident.span().start().line, name));
            }
        }
        visit::visit_macro(self, call);
    }
}

struct TypeReader {
    changes: bool,
}

impl<'ast> Visit<'ast> for TypeReader {
    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        let name = segment.ident.to_string();
        self.changes |= CHANGING.contains(&name.as_str()) || name.starts_with("Atomic");
        visit::visit_path_segment(self, segment);
    }
}
