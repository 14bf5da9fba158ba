//! Says which lines of a file are tests: what stands under `#[cfg(test)]`, `#[test]` or `#[cfg(feature = "conformance")]`, or in a
//! file that such a module names.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The feature that opens a room's suites to the tests of others.
pub const CONFORMANCE: &str = "conformance";

/// Marks the test lines of `file` in `lines` (index 0 is line 1).
pub fn mark(file: &syn::File, lines: &mut [bool]) {
    if file.attrs.iter().any(is_test_attribute) {
        lines.fill(true);
    }
    Marker { lines }.visit_file(file);
}

/// The modules that stand in files of their own under `#[cfg(test)]`: name and, where given, the `#[path]`.
pub fn outer_test_modules(file: &syn::File) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for item in &file.items {
        if let syn::Item::Mod(module) = item
            && module.content.is_none()
            && module.attrs.iter().any(is_test_attribute)
        {
            let path = module.attrs.iter().find_map(|attribute| match &attribute.meta {
                syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                    syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            });
            found.push((module.ident.to_string(), path));
        }
    }
    found
}

/// Whether the attribute keeps its item out of the product: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, ...))]`.
pub fn is_test_attribute(attribute: &syn::Attribute) -> bool {
    match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            list.parse_args::<syn::Meta>().is_ok_and(|condition| needs_test(&condition))
        }
        _ => false,
    }
}

/// Whether a `cfg` condition can hold in tests only.
fn needs_test(condition: &syn::Meta) -> bool {
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => {
            let parser = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
            let Ok(inner) = list.parse_args_with(parser) else { return false };
            if list.path.is_ident("all") {
                inner.iter().any(needs_test)
            } else {
                list.path.is_ident("any") && !inner.is_empty() && inner.iter().all(needs_test)
            }
        }
        syn::Meta::NameValue(pair) => pair.path.is_ident("feature") && is_conformance(&pair.value),
    }
}

/// The feature `conformance` holds suites that other crates' tests run; no product switches it on.
fn is_conformance(value: &syn::Expr) -> bool {
    matches!(value, syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) if text.value() == CONFORMANCE)
}

struct Marker<'a> {
    lines: &'a mut [bool],
}

impl Marker<'_> {
    /// Marks the item when an attribute makes it a test; says whether it did.
    fn claim(&mut self, attributes: &[syn::Attribute], item: &impl Spanned) -> bool {
        if !attributes.iter().any(is_test_attribute) {
            return false;
        }
        let (first, last) = (item.span().start().line, item.span().end().line);
        for line in first..=last {
            if let Some(mark) = line.checked_sub(1).and_then(|index| self.lines.get_mut(index)) {
                *mark = true;
            }
        }
        true
    }
}

impl<'ast> Visit<'ast> for Marker<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Const(inner) => &inner.attrs,
            syn::Item::Enum(inner) => &inner.attrs,
            syn::Item::Fn(inner) => &inner.attrs,
            syn::Item::Impl(inner) => &inner.attrs,
            syn::Item::Macro(inner) => &inner.attrs,
            syn::Item::Mod(inner) => &inner.attrs,
            syn::Item::Static(inner) => &inner.attrs,
            syn::Item::Struct(inner) => &inner.attrs,
            syn::Item::Trait(inner) => &inner.attrs,
            syn::Item::Type(inner) => &inner.attrs,
            syn::Item::Use(inner) => &inner.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !self.claim(attributes, item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.claim(&item.attrs, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> Vec<usize> {
        let mut lines = vec![false; text.lines().count()];
        mark(&syn::parse_file(text).expect("Rust"), &mut lines);
        lines.iter().enumerate().filter(|(_, mark)| **mark).map(|(index, _)| index + 1).collect()
    }

    #[test]
    fn a_test_module_is_marked_from_its_attribute_to_its_brace() {
        assert_eq!(marked("fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}\n"), [2, 3, 4, 5]);
    }

    #[test]
    fn conditions_are_read() {
        assert_eq!(marked("#[cfg(all(test, unix))]\nfn a() {}\n"), [1, 2]);
        assert!(marked("#[cfg(not(test))]\nfn a() {}\n").is_empty());
        assert!(marked("#[cfg(any(test, unix))]\nfn a() {}\n").is_empty());
        assert!(marked("#[cfg(feature = \"test\")]\nfn a() {}\n").is_empty());
        assert_eq!(marked("#[cfg(feature = \"conformance\")]\nfn a() {}\n"), [1, 2]);
    }

    #[test]
    fn methods_and_inner_modules_are_marked() {
        assert_eq!(marked("impl A {\n #[cfg(test)]\n fn a() {}\n fn b() {}\n}\n"), [2, 3]);
        assert_eq!(marked("mod a {\n #[test]\n fn b() {}\n}\n"), [2, 3]);
    }

    #[test]
    fn outer_modules_are_named() {
        let file = syn::parse_file("#[cfg(test)]\nmod tests;\n#[cfg(test)]\n#[path = \"b.rs\"]\nmod c;\nmod d;\n");
        let found = outer_test_modules(&file.expect("Rust"));
        assert_eq!(found, [("tests".to_owned(), None), ("c".to_owned(), Some("b.rs".to_owned()))]);
    }
}
