//! Errors are data: one enum a module boundary. A text, a box or nothing at all cannot be matched on.

use super::{Law, Violation};
use crate::source::RustFile;
use crate::tree::{Floor, Tree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The law.
pub const LAW: Law = Law {
    name: "errors",
    demand: "no anyhow or eyre outside xtask; no signature that others see has a string, a box or `()` as its error",
    check,
    figure: None,
};

/// Libraries whose errors are texts.
const LIBRARIES: &[&str] = &["anyhow", "eyre", "color-eyre", "failure", "error-chain"];

/// Finds errors that are no data.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in tree.rooms.iter().filter(|room| room.name != "xtask") {
        for name in room.dependencies(&["dependencies", "build-dependencies"]) {
            if LIBRARIES.contains(&name.as_str()) {
                found.push(Violation::new(LAW.name, &room.manifest_path(), 0, format!("uses `{name}`")));
            }
        }
    }
    for (_, file) in tree.files().filter(|(room, _)| room.floor != Some(Floor::Tool)) {
        if let Some(syntax) = &file.syntax {
            let mut reader = Reader { file, found: &mut found };
            reader.visit_file(syntax);
        }
    }
    found
}

struct Reader<'a> {
    file: &'a RustFile,
    found: &'a mut Vec<Violation>,
}

impl Reader<'_> {
    fn signature(&mut self, visibility: &syn::Visibility, signature: &syn::Signature) {
        let is_seen = !matches!(visibility, syn::Visibility::Inherited);
        if let syn::ReturnType::Type(_, kind) = &signature.output
            && is_seen
        {
            self.judge(kind, &format!("`{}`", signature.ident));
        }
    }

    fn judge(&mut self, kind: &syn::Type, who: &str) {
        if let Some(error) = error_of(kind)
            && let Some(what) = poor(error)
        {
            self.report(kind.span().start().line, format!("{who} has {what} as its error"));
        }
    }

    fn report(&mut self, line: usize, message: String) {
        if !self.file.is_test(line) {
            self.found.push(Violation::new(LAW.name, &self.file.path, line, message));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.signature(&item.vis, &item.sig);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.signature(&item.vis, &item.sig);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        for part in &item.items {
            if let syn::TraitItem::Fn(method) = part {
                self.signature(&item.vis, &method.sig);
            }
        }
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.judge(&item.ty, &format!("`{}`", item.ident));
        visit::visit_item_type(self, item);
    }

    fn visit_impl_item_type(&mut self, item: &'ast syn::ImplItemType) {
        if let (true, Some(what)) = (item.ident == "Err" || item.ident == "Error", poor(&item.ty)) {
            self.report(item.span().start().line, format!("`{}` is {what}", item.ident));
        }
    }
}

/// The error type of a `Result`.
fn error_of(kind: &syn::Type) -> Option<&syn::Type> {
    let syn::Type::Path(path) = kind else { return None };
    let last = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let types: Vec<&syn::Type> = arguments
        .args
        .iter()
        .filter_map(|argument| match argument {
            syn::GenericArgument::Type(kind) => Some(kind),
            _ => None,
        })
        .collect();
    match (last.ident == "Result", types.as_slice()) {
        (true, [_, error]) => Some(error),
        // Option<Result<..>>, Poll<Result<..>> and their like.
        (false, [inner]) => error_of(inner),
        _ => None,
    }
}

/// What makes an error type no data.
fn poor(kind: &syn::Type) -> Option<&'static str> {
    match kind {
        syn::Type::Tuple(tuple) if tuple.elems.is_empty() => Some("`()`"),
        syn::Type::Reference(reference) => {
            matches!(&*reference.elem, syn::Type::Path(path) if path.path.is_ident("str")).then_some("a string")
        }
        syn::Type::Path(path) => {
            let last = path.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "String" => Some("a string"),
                "Cow" => Some("a string"),
                "Box" | "Arc" | "Rc" => {
                    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
                    match arguments.args.first()? {
                        syn::GenericArgument::Type(syn::Type::TraitObject(_)) => Some("a box"),
                        syn::GenericArgument::Type(inner) if is_str(inner) => Some("a string"),
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_str(kind: &syn::Type) -> bool {
    matches!(kind, syn::Type::Path(path) if path.path.is_ident("str"))
}
