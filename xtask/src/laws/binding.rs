//! Only `net` binds, and it binds by a row of the port plan; every other room is handed its sockets.

use super::{Law, Violation};
use crate::source::RustFile;
use crate::source::token::Token;
use crate::tree::{Floor, Tree};
use std::collections::BTreeSet;

/// The law.
pub const LAW: Law = Law {
    name: "binding",
    demand: "outside `crates/server/net` no code binds a network socket (tests may)",
    check,
    figure: None,
};

/// The room that may.
const BINDER: &str = "net";

/// Types whose `bind` opens a network port, in std, tokio, mio and socket2.
const SOCKETS: &[&str] = &["UdpSocket", "TcpListener", "TcpSocket", "Socket", "SockRef"];

/// Modules whose free function `bind` does.
const MODULES: &[&str] = &["libc", "socket", "net", "rustix"];

/// Finds every bind outside the one room.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (room, file) in tree.files() {
        if room.name == BINDER || room.floor == Some(Floor::Tool) {
            continue;
        }
        let sockets = socket_names(file);
        for line in binds(file, &sockets) {
            let message = "binds a network socket; take a bound one from net";
            found.push(Violation::new(LAW.name, &file.path, line, message));
        }
    }
    found
}

/// The names that socket types carry in this file, renaming imports included.
fn socket_names(file: &RustFile) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = SOCKETS.iter().map(|name| (*name).to_owned()).collect();
    for window in file.tokens.windows(3) {
        if let [Some(from), Some("as"), Some(to)] = [window[0].ident(), window[1].ident(), window[2].ident()]
            && SOCKETS.contains(&from)
        {
            names.insert(to.to_owned());
        }
    }
    names
}

/// Lines outside tests that bind: `Type::bind`, `libc::bind`, and `socket.bind(` where the file holds a socket that
/// has such a method.
fn binds(file: &RustFile, sockets: &BTreeSet<String>) -> Vec<usize> {
    let has_method = file.tokens.iter().any(|token| matches!(token.ident(), Some("TcpSocket" | "Socket" | "SockRef")));
    let mut lines = Vec::new();
    for window in file.tokens.windows(4) {
        let [first, second, third, fourth] = window else { continue };
        if file.is_test(fourth.line) {
            continue;
        }
        let path = is_path(second, third) && fourth.ident() == Some("bind");
        let owner = first.ident().unwrap_or_default();
        let typed = path && (sockets.contains(owner) || MODULES.contains(&owner));
        let method = has_method && second.is_punct('.') && third.ident() == Some("bind") && fourth.is_open('(');
        if typed || method {
            lines.push(fourth.line);
        }
    }
    lines
}

fn is_path(first: &Token, second: &Token) -> bool {
    first.is_punct(':') && second.is_punct(':')
}
