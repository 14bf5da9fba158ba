//! On the pure floors (wire and exchange) a machine takes bytes and time and gives bytes and events. Types it must not
//! touch are refused by clippy through the floor's `clippy.toml`; this law sees that the file is there and says so, and
//! finds what clippy is not asked about: panics, async, and libraries that bring a clock or a socket.

use super::{Law, Violation};
use crate::source::RustFile;
use crate::source::token::{Kind, Token};
use crate::tree::{Floor, Room, Tree};

/// The law.
pub const LAW: Law = Law {
    name: "purity",
    demand: "in wire and exchange: no socket, async, clock, thread, lock, file, randomness or randomly seeded map, and outside \
             tests no unwrap, expect, panic or assert",
    check,
    figure: None,
};

/// What a pure floor's `clippy.toml` must refuse.
const REFUSED_TYPES: &[&str] = &[
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::sync::Mutex",
    "std::sync::RwLock",
];

/// Libraries a pure floor must not have.
const REFUSED_LIBRARIES: &[&str] = &[
    "async-std",
    "chrono",
    "crossbeam",
    "dashmap",
    "fastrand",
    "futures",
    "getrandom",
    "libc",
    "mio",
    "nix",
    "parking_lot",
    "rand",
    "rustix",
    "smol",
    "socket2",
    "time",
    "tokio",
];

const PANICKING_MACROS: &[&str] = &[
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "println",
    "eprintln",
];

/// Modules of std that no pure room names.
const REFUSED_MODULES: &[&str] = &["fs", "thread", "process", "env"];

/// Finds impurities.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (floor, folder) in [(Floor::Wire, "crates/wire"), (Floor::Exchange, "crates/exchange")] {
        if tree.rooms.iter().any(|room| room.floor == Some(floor)) {
            check_clippy(tree, folder, &mut found);
        }
    }
    for room in tree.rooms.iter().filter(|room| room.floor.is_some_and(Floor::is_pure)) {
        check_manifest(room, &mut found);
        for file in &room.files {
            check_file(file, &mut found);
        }
    }
    found
}

fn check_clippy(tree: &Tree, folder: &str, found: &mut Vec<Violation>) {
    let path = format!("{folder}/clippy.toml");
    let Some(file) = tree.texts.iter().find(|text| text.path == path) else {
        found.push(Violation::new(LAW.name, &path, 0, "the floor has no clippy.toml"));
        return;
    };
    let table: toml::Table = match file.text.parse() {
        Ok(table) => table,
        Err(error) => {
            found.push(Violation::new(LAW.name, &path, 0, error.to_string()));
            return;
        }
    };
    let empty = Vec::new();
    let entries = table.get("disallowed-types").and_then(toml::Value::as_array).unwrap_or(&empty);
    for name in REFUSED_TYPES {
        let is_refused = |entry: &toml::Value| entry.get("path").unwrap_or(entry).as_str() == Some(name);
        if !entries.iter().any(is_refused) {
            found.push(Violation::new(LAW.name, &path, 0, format!("does not refuse `{name}`")));
        }
    }
}

fn check_manifest(room: &Room, found: &mut Vec<Violation>) {
    for name in room.dependencies(&["dependencies", "build-dependencies"]) {
        if REFUSED_LIBRARIES.contains(&name.as_str()) {
            found.push(Violation::new(LAW.name, &room.manifest_path(), 0, format!("a pure room has no `{name}`")));
        }
    }
}

fn check_file(file: &RustFile, found: &mut Vec<Violation>) {
    for (index, token) in file.tokens.iter().enumerate() {
        if file.is_test(token.line) {
            continue;
        }
        let next = |ahead: usize| file.tokens.get(index + ahead);
        let before = |back: usize| index.checked_sub(back).and_then(|at| file.tokens.get(at));
        if let Some(message) = impurity(token, &next, &before) {
            found.push(Violation::new(LAW.name, &file.path, token.line, message));
        }
    }
}

fn impurity<'a>(
    token: &Token,
    next: &dyn Fn(usize) -> Option<&'a Token>,
    before: &dyn Fn(usize) -> Option<&'a Token>,
) -> Option<String> {
    let name = token.ident()?;
    let after_dot = before(1).is_some_and(|token| token.is_punct('.'));
    let after_path = before(1).is_some_and(|token| token.is_punct(':'));
    let called = next(1).is_some_and(|token| token.is_open('('));
    let is_macro = next(1).is_some_and(|token| token.is_punct('!'))
        && next(2).is_some_and(|token| matches!(token.kind, Kind::Open(_)));
    match name {
        "unwrap" | "unwrap_err" | "expect_err" | "unwrap_unchecked" if after_dot && called => {
            Some(format!("`.{name}()` can panic"))
        }
        "expect" if after_dot && called && next(2).is_some_and(is_message) => Some("`.expect()` can panic".to_owned()),
        "unwrap" | "expect" if after_path && is_owner(before(3)) => Some(format!("`{name}` can panic")),
        "async" => Some("a pure room is not async".to_owned()),
        "await" if after_dot => Some("a pure room does not await".to_owned()),
        "unsafe" => Some("a pure room needs no unsafe code".to_owned()),
        _ if is_macro && PANICKING_MACROS.contains(&name) && !is_constant(before) => {
            Some(format!("`{name}!` has no place in a pure room"))
        }
        _ if REFUSED_MODULES.contains(&name) && after_path && before(3).and_then(Token::ident) == Some("std") => {
            Some(format!("`std::{name}` has no place in a pure room"))
        }
        _ => None,
    }
}

/// Whether the argument is the message that std's `expect` takes; a parser's own `expect(b':')` takes something else.
fn is_message(token: &Token) -> bool {
    match &token.kind {
        Kind::Literal(text) => text.starts_with('"') || text.starts_with("r\"") || text.starts_with("r#"),
        Kind::Punct('&') => true,
        Kind::Ident(name) => name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'),
        _ => false,
    }
}

fn is_owner(token: Option<&Token>) -> bool {
    matches!(token.and_then(Token::ident), Some("Option" | "Result"))
}

/// Whether the macro is the value of `const _: () = assert!(...)`, which is evaluated by the compiler.
fn is_constant<'a>(before: &dyn Fn(usize) -> Option<&'a Token>) -> bool {
    before(1).is_some_and(|token| token.is_punct('=')) && before(5).and_then(Token::ident) == Some("_")
}
