//! Every parser of the wire floor is fuzzed and has a property test.
//!
//! A parser is a function that others can call, named `parse`, `decode`, `read` or `from_bytes`, the first three alone or with
//! a suffix, that gives back more than a bare number (a codec gives numbers and refuses nothing), or an `impl` of `FromStr` or
//! of `TryFrom` bytes or text. It counts as reached when names lead to it: from a fuzz target
//! (`fuzz/src/targets/*.rs`) that uses the crate, or from the file or module around a `proptest!` of its own crate, to a type or module of its
//! file, and on from file to file through what their code names. Names lead to more than a run reaches, never to less: the law
//! finds parsers that were forgotten, coverage tells the rest.

use super::{Law, Violation};
use crate::source::RustFile;
use crate::source::token::Token;
use crate::tree::{Floor, Room, Tree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// The law.
pub const LAW: Law = Law {
    name: "parsers",
    demand: "every public parser in wire is reached by a fuzz target and by a property test of its crate",
    check,
    figure: Some(figure),
};

/// Finds parsers that no fuzz target or no property test leads to.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in tree.rooms.iter().filter(|room| room.floor == Some(Floor::Wire)) {
        let fuzzed = fuzz_names(tree, room);
        let tested = property_names(room);
        let by_fuzz = reached(room, &fuzzed);
        let by_property = reached(room, &tested);
        for file in &room.files {
            for parser in parsers(file) {
                for (set, lack) in [(&by_fuzz, "no fuzz target"), (&by_property, "no property test")] {
                    if !set.contains(file.path.as_str()) {
                        let message = format!("{lack} leads to the parser `{}`", parser.name);
                        found.push(Violation::new(LAW.name, &file.path, parser.line, message));
                    }
                }
            }
        }
    }
    found
}

fn figure(tree: &Tree) -> String {
    let rooms = tree.rooms.iter().filter(|room| room.floor == Some(Floor::Wire));
    let parsers: usize = rooms.flat_map(|room| &room.files).map(|file| parsers(file).len()).sum();
    let targets = tree.room("fuzz").map_or(0, |room| room.files.iter().filter(|file| is_target(file)).count());
    format!("{parsers} parsers, {targets} fuzz targets")
}

struct Parser {
    name: String,
    line: usize,
}

/// The parsers of a file.
fn parsers(file: &RustFile) -> Vec<Parser> {
    let mut finder = Finder { file, owner: String::new(), found: Vec::new() };
    if let Some(syntax) = &file.syntax {
        finder.visit_file(syntax);
    }
    finder.found
}

struct Finder<'a> {
    file: &'a RustFile,
    owner: String,
    found: Vec<Parser>,
}

impl Finder<'_> {
    fn function(&mut self, visibility: &syn::Visibility, signature: &syn::Signature) {
        let name = signature.ident.to_string();
        let stem = name.split('_').next().unwrap_or_default();
        let named = matches!(stem, "parse" | "decode" | "read") || name == "from_bytes";
        let takes_input = signature.inputs.iter().any(|input| matches!(input, syn::FnArg::Typed(_)));
        let is_seen = !matches!(visibility, syn::Visibility::Inherited);
        if named && is_seen && takes_input && gives_structure(&signature.output) {
            self.add(&name, signature.ident.span().start().line);
        }
    }

    fn add(&mut self, name: &str, line: usize) {
        if !self.file.is_test(line) {
            let name = if self.owner.is_empty() { name.to_owned() } else { format!("{}::{name}", self.owner) };
            self.found.push(Parser { name, line });
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.vis, &item.sig);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.owner = type_name(&item.self_ty);
        if let Some((_, path, _)) = &item.trait_
            && let Some(last) = path.segments.last()
        {
            let line = last.ident.span().start().line;
            let of_bytes = matches!(&last.arguments, syn::PathArguments::AngleBracketed(list)
                if list.args.iter().any(|argument| matches!(argument, syn::GenericArgument::Type(kind) if is_input(kind))));
            if last.ident == "FromStr" || (last.ident == "TryFrom" && of_bytes) {
                self.add(&last.ident.to_string(), line);
            }
        }
        visit::visit_item_impl(self, item);
        self.owner.clear();
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.vis, &item.sig);
    }
}

fn type_name(kind: &syn::Type) -> String {
    match kind {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Whether something comes back that has parts or can be refused.
fn gives_structure(output: &syn::ReturnType) -> bool {
    const NUMBERS: &[&str] = &[
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "bool",
        "char",
    ];
    match output {
        syn::ReturnType::Default => false,
        syn::ReturnType::Type(_, kind) => !NUMBERS.contains(&type_name(kind).as_str()),
    }
}

/// Text or bytes, borrowed or owned.
fn is_input(kind: &syn::Type) -> bool {
    match kind {
        syn::Type::Reference(reference) => is_input(&reference.elem),
        syn::Type::Slice(slice) => type_name(&slice.elem) == "u8",
        other => matches!(type_name(other).as_str(), "str" | "String" | "Bytes"),
    }
}

fn is_target(file: &RustFile) -> bool {
    file.path.contains("/targets/") && file.module() != "targets"
}

/// What those fuzz targets name that use `room`.
fn fuzz_names(tree: &Tree, room: &Room) -> BTreeSet<String> {
    let crate_name = room.name.replace('-', "_");
    let files = tree.room("fuzz").into_iter().flat_map(|room| &room.files).filter(|file| is_target(file));
    let uses = |file: &&RustFile| file.tokens.iter().any(|token| token.ident() == Some(&crate_name));
    files.filter(uses).flat_map(|file| names(&file.tokens)).collect()
}

/// What the tests around a `proptest!` name: the whole test part of a file that has one.
fn property_names(room: &Room) -> BTreeSet<String> {
    let has_property = |file: &&RustFile| {
        file.tokens.windows(2).any(|pair| pair[0].ident() == Some("proptest") && pair[1].is_punct('!'))
    };
    let mut found = BTreeSet::new();
    for file in room.files.iter().filter(has_property) {
        found.extend(names(&tokens_of_tests(file)));
        // A property test next to the code is a test of that code.
        let stem = if file.module() == "tests" { parent_module(&file.path) } else { file.module().to_owned() };
        found.insert(stem + "::");
    }
    found
}

fn parent_module(path: &str) -> String {
    path.rsplit('/').nth(1).unwrap_or_default().to_owned()
}

fn tokens_of_tests(file: &RustFile) -> Vec<Token> {
    file.tokens.iter().filter(|token| file.is_test(token.line)).cloned().collect()
}

/// The files of `room` that names lead to, starting from `roots`.
fn reached<'a>(room: &'a Room, roots: &BTreeSet<String>) -> BTreeSet<&'a str> {
    let mut owners: BTreeMap<String, Vec<&RustFile>> = BTreeMap::new();
    let in_src = |file: &&RustFile| file.path.contains("/src/");
    for file in room.files.iter().filter(in_src) {
        for name in defined(file) {
            owners.entry(name).or_default().push(file);
        }
    }
    let mut open: Vec<String> = roots.iter().cloned().collect();
    let mut seen: BTreeSet<String> = roots.clone();
    let mut files = BTreeSet::new();
    while let Some(name) = open.pop() {
        for file in owners.get(&name).into_iter().flatten() {
            if files.insert(file.path.as_str()) {
                for next in names(&code(file)) {
                    if seen.insert(next.clone()) {
                        open.push(next);
                    }
                }
            }
        }
    }
    files
}

/// The names a file answers to: its module as the head of a path, and the types, traits and free functions it defines.
fn defined(file: &RustFile) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if !matches!(file.module(), "lib" | "main" | "src") {
        found.insert(format!("{}::", file.module()));
    }
    for item in file.syntax.iter().flat_map(|syntax| &syntax.items) {
        match item {
            syn::Item::Struct(item) => drop(found.insert(item.ident.to_string())),
            syn::Item::Enum(item) => drop(found.insert(item.ident.to_string())),
            syn::Item::Trait(item) => drop(found.insert(item.ident.to_string())),
            syn::Item::Fn(item) if !COMMON.contains(&item.sig.ident.to_string().as_str()) => {
                found.insert(item.sig.ident.to_string());
            }
            _ => {}
        }
    }
    found
}

/// Names of functions that too many files have for them to lead anywhere.
const COMMON: &[&str] = &["parse", "decode", "read", "encode", "write", "new", "fuzz"];

/// The tokens of a file that do something: `use` and `mod` lines only pass names on.
fn code(file: &RustFile) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut passing = false;
    for token in file.tokens.iter().filter(|token| !file.is_test(token.line)) {
        if !passing && matches!(token.ident(), Some("use" | "mod")) {
            passing = true;
        } else if passing && (token.is_punct(';') || token.is_open('{')) {
            // `use a::{b, c};` ends at the semicolon, an inline `mod a {` at its brace.
            passing = token.is_open('{') && kept_inside_use(file, token);
        } else if !passing {
            kept.push(token.clone());
        }
    }
    kept
}

/// Whether the brace belongs to a `use` list: it follows a path sign.
fn kept_inside_use(file: &RustFile, brace: &Token) -> bool {
    let at = file.tokens.iter().position(|token| std::ptr::eq(token, brace));
    at.and_then(|at| at.checked_sub(1)).and_then(|at| file.tokens.get(at)).is_some_and(|token| token.is_punct(':'))
}

/// Every name in the row; one that leads into a path stands a second time, with the path's sign behind it.
fn names(tokens: &[Token]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some(name) = token.ident() else { continue };
        found.insert(name.to_owned());
        if tokens.get(index + 1).is_some_and(|next| next.is_punct(':'))
            && tokens.get(index + 2).is_some_and(|next| next.is_punct(':'))
        {
            found.insert(format!("{name}::"));
        }
    }
    found
}
