//! What crosses a wall has a type. A map from text to text, or a loose JSON value, says nothing of what is in it.

use super::{Law, Violation};
use crate::source::RustFile;
use crate::tree::{Floor, Tree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The law.
pub const LAW: Law = Law {
    name: "bags",
    demand: "no string-keyed bag (a map from text to text, a loose JSON or TOML value, `dyn Any`) in a public signature or field",
    check,
    figure: None,
};

const MAPS: &[&str] = &["HashMap", "BTreeMap", "IndexMap", "Table"];
const TEXTS: &[&str] = &["String", "str", "Cow"];

/// Finds bags in what a crate shows to others.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (_, file) in tree.files().filter(|(room, _)| room.floor != Some(Floor::Tool)) {
        if let Some(syntax) = &file.syntax {
            Reader { file, found: &mut found }.visit_file(syntax);
        }
    }
    found
}

struct Reader<'a> {
    file: &'a RustFile,
    found: &'a mut Vec<Violation>,
}

impl Reader<'_> {
    fn judge(&mut self, kind: &syn::Type, who: &str) {
        let mut finder = BagFinder { bag: None };
        finder.visit_type(kind);
        let line = kind.span().start().line;
        if let Some(bag) = finder.bag
            && !self.file.is_test(line)
        {
            self.found.push(Violation::new(LAW.name, &self.file.path, line, format!("`{who}` shows {bag}")));
        }
    }

    fn signature(&mut self, signature: &syn::Signature) {
        let who = signature.ident.to_string();
        for input in &signature.inputs {
            if let syn::FnArg::Typed(typed) = input {
                self.judge(&typed.ty, &who);
            }
        }
        if let syn::ReturnType::Type(_, kind) = &signature.output {
            self.judge(kind, &who);
        }
    }
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if is_public(&item.vis) {
            self.signature(&item.sig);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if is_public(&item.vis) {
            self.signature(&item.sig);
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        for part in &item.items {
            if let (syn::TraitItem::Fn(method), true) = (part, is_public(&item.vis)) {
                self.signature(&method.sig);
            }
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        for field in item.fields.iter().filter(|field| is_public(&item.vis) && is_public(&field.vis)) {
            let name = field.ident.as_ref().unwrap_or(&item.ident).to_string();
            self.judge(&field.ty, &name);
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        for variant in item.variants.iter().filter(|_| is_public(&item.vis)) {
            for field in &variant.fields {
                self.judge(&field.ty, &variant.ident.to_string());
            }
        }
    }
}

struct BagFinder {
    bag: Option<&'static str>,
}

impl<'ast> Visit<'ast> for BagFinder {
    fn visit_type_path(&mut self, path: &'ast syn::TypePath) {
        let names: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let owner = names.len().checked_sub(2).and_then(|at| names.get(at)).map(String::as_str);
        match (owner, names.last().map(String::as_str)) {
            (Some("serde_json" | "toml"), Some("Value" | "Table" | "Map")) => self.bag = Some("a loose value"),
            (_, Some(name)) if MAPS.contains(&name) && path.path.segments.last().is_some_and(is_text_to_text) => {
                self.bag = Some("a map from text to text");
            }
            _ => {}
        }
        visit::visit_type_path(self, path);
    }

    fn visit_trait_bound(&mut self, bound: &'ast syn::TraitBound) {
        if bound.path.segments.last().is_some_and(|last| last.ident == "Any") {
            self.bag = Some("`Any`");
        }
        visit::visit_trait_bound(self, bound);
    }
}

/// Whether a map's key is text and its value text or loose.
fn is_text_to_text(segment: &syn::PathSegment) -> bool {
    let syn::PathArguments::AngleBracketed(list) = &segment.arguments else { return false };
    let names: Vec<String> = list.args.iter().filter_map(argument_name).collect();
    match names.as_slice() {
        [key, value, ..] => TEXTS.contains(&key.as_str()) && (TEXTS.contains(&value.as_str()) || value == "Value"),
        _ => false,
    }
}

fn argument_name(argument: &syn::GenericArgument) -> Option<String> {
    match argument {
        syn::GenericArgument::Type(kind) => bare_name(kind),
        _ => None,
    }
}

fn bare_name(kind: &syn::Type) -> Option<String> {
    match kind {
        syn::Type::Reference(reference) => bare_name(&reference.elem),
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => Some(String::new()),
    }
}
