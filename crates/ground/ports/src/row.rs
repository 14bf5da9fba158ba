//! The rows of the table.

use std::fmt;

use serde::Serialize;

/// A row of the published port table, or one of the ports beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum RowId {
    /// The row's number, 1 to 38.
    Row(u8),
    /// A port that stands beside the table, by its name.
    Beside(&'static str),
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowId::Row(number) => write!(f, "{number}"),
            RowId::Beside(name) => f.write_str(name),
        }
    }
}

/// The published table's statement on firewalls between the parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Firewall {
    /// `Y`: must be open where a firewall or NAT stands between the parties.
    #[serde(rename = "Y")]
    Open,
    /// `(Y)`: only if the parties are on different sides.
    #[serde(rename = "(Y)")]
    OpenIfApart,
    /// `-`: no statement.
    #[serde(rename = "-")]
    Silent,
}

impl fmt::Display for Firewall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Firewall::Open => "Y",
            Firewall::OpenIfApart => "(Y)",
            Firewall::Silent => "-",
        })
    }
}

/// A row of the published table, or a port beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its number or name.
    pub id: RowId,
    /// The service as the table calls it.
    pub title: &'static str,
    /// Must firewalls let it through?
    pub firewall: Firewall,
    /// What it is for.
    pub purpose: &'static str,
}

impl Row {
    pub(crate) const fn new(number: u8, title: &'static str, firewall: Firewall, purpose: &'static str) -> Row {
        Row { id: RowId::Row(number), title, firewall, purpose }
    }

    pub(crate) const fn beside(name: &'static str, firewall: Firewall, purpose: &'static str) -> Row {
        Row { id: RowId::Beside(name), title: name, firewall, purpose }
    }
}
