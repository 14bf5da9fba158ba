//! What distinguishes two directories: the plan that an administrator sees before a change set is applied. No secret is in it.

use super::Item;
use crate::{Directory, Extension, Route, ServiceKind, SiteSettings, Trunk};
use std::collections::BTreeMap;
use std::fmt;

/// One item that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which item, by its name in the older directory when it is in both.
    pub item: Item,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Added,
    /// It is in both and differs in these fields.
    Changed(Vec<FieldChange>),
    /// It is gone.
    Removed,
}

/// A field that differs, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field's name, as in the model.
    pub field: &'static str,
    /// What it was. Of a secret only that there was one.
    pub old: String,
    /// What it is.
    pub new: String,
}

/// How many items differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DifferenceCounts {
    /// New ones.
    pub added: usize,
    /// Different ones.
    pub changed: usize,
    /// Gone ones.
    pub removed: usize,
}

impl fmt::Display for Difference {
    /// One line: `+ extension 1001`, `- trunk carrier`, `~ extension 1002: name "a" -> "b"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fate {
            Fate::Added => write!(f, "+ {}", self.item),
            Fate::Removed => write!(f, "- {}", self.item),
            Fate::Changed(fields) => {
                write!(f, "~ {}", self.item)?;
                for (index, change) in fields.iter().enumerate() {
                    let mark = if index == 0 { ":" } else { "," };
                    write!(f, "{mark} {} {} -> {}", change.field, change.old, change.new)?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for DifferenceCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to add, {} to change, {} to remove", self.added, self.changed, self.removed)
    }
}

/// Counts a plan.
pub fn counts(differences: &[Difference]) -> DifferenceCounts {
    let mut counts = DifferenceCounts::default();
    for difference in differences {
        match difference.fate {
            Fate::Added => counts.added += 1,
            Fate::Changed(_) => counts.changed += 1,
            Fate::Removed => counts.removed += 1,
        }
    }
    counts
}

/// Everything in which `new` differs from `old`: settings, trunks, routes, services, extensions, emergency numbers, each in
/// the order of their keys. Revisions and identifiers yet to be given out are not compared.
pub fn difference(old: &Directory, new: &Directory) -> Vec<Difference> {
    let mut out = Vec::new();
    push_changed(&mut out, Item::Settings, settings_fields(&old.settings, &new.settings));
    let trunk = |trunk: &Trunk| Item::Trunk(trunk.name.clone());
    compare(&mut out, &old.trunks, &new.trunks, trunk, trunk_fields);
    let route = |route: &Route| Item::Route(route.name.clone());
    compare(&mut out, &old.routes, &new.routes, route, |a, b| route_fields(old, a, new, b));
    compare(
        &mut out,
        &old.services,
        &new.services,
        |service| Item::Service(service.number),
        |a, b| {
            let mut fields = Fields::default();
            fields.put("device", &a.device, &b.device);
            fields.put("kind", &kind(&a.kind), &kind(&b.kind));
            fields.0
        },
    );
    compare(&mut out, &old.extensions, &new.extensions, |e| Item::Extension(e.number), extension_fields);
    compare(
        &mut out,
        &old.emergency,
        &new.emergency,
        |e| Item::Emergency(e.number),
        |a, b| {
            let mut fields = Fields::default();
            fields.put("route", &a.route, &b.route);
            fields.0
        },
    );
    out
}

fn push_changed(out: &mut Vec<Difference>, item: Item, fields: Vec<FieldChange>) {
    if !fields.is_empty() {
        out.push(Difference { item, fate: Fate::Changed(fields) });
    }
}

/// Walks two maps at once.
fn compare<K: Ord, T: PartialEq>(
    out: &mut Vec<Difference>,
    old: &BTreeMap<K, T>,
    new: &BTreeMap<K, T>,
    item: impl Fn(&T) -> Item,
    fields: impl Fn(&T, &T) -> Vec<FieldChange>,
) {
    let (mut left, mut right) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let before = if order.is_le() { left.next() } else { None };
        let after = if order.is_ge() { right.next() } else { None };
        match (before, after) {
            (Some((_, gone)), None) => out.push(Difference { item: item(gone), fate: Fate::Removed }),
            (None, Some((_, come))) => out.push(Difference { item: item(come), fate: Fate::Added }),
            (Some((_, a)), Some((_, b))) if a != b => push_changed(out, item(a), fields(a, b)),
            _ => {}
        }
    }
}

/// Collects the fields that differ.
#[derive(Default)]
struct Fields(Vec<FieldChange>);

impl Fields {
    fn put<T: PartialEq + ToString>(&mut self, field: &'static str, old: &T, new: &T) {
        if old != new {
            self.0.push(FieldChange { field, old: old.to_string(), new: new.to_string() });
        }
    }

    fn quoted(&mut self, field: &'static str, old: &str, new: &str) {
        self.put(field, &format!("{old:?}"), &format!("{new:?}"));
    }
}

fn settings_fields(old: &SiteSettings, new: &SiteSettings) -> Vec<FieldChange> {
    let mut fields = Fields::default();
    fields.put("no_answer_seconds", &old.no_answer_seconds, &new.no_answer_seconds);
    fields.put("inter_digit_seconds", &old.inter_digit_seconds, &new.inter_digit_seconds);
    fields.put("announce_vacant", &old.announce_vacant, &new.announce_vacant);
    fields.put("longest_call_minutes", &old.longest_call_minutes, &new.longest_call_minutes);
    fields.0
}

fn extension_fields(old: &Extension, new: &Extension) -> Vec<FieldChange> {
    let mut fields = Fields::default();
    fields.put("device", &old.device, &new.device);
    fields.quoted("name", &old.name, &new.name);
    fields.put("max_terminals", &old.max_terminals, &new.max_terminals);
    fields.put("external_calls", &old.external_calls, &new.external_calls);
    fields.put("call_waiting", &old.call_waiting, &new.call_waiting);
    fields.put("max_calls", &or(old.max_calls, "unlimited"), &or(new.max_calls, "unlimited"));
    fields.put("pickup_group", &or(old.pickup_group, "none"), &or(new.pickup_group, "none"));
    if old.password != new.password {
        let word = |extension: &Extension| if extension.password.is_empty() { "none" } else { "set" }.to_owned();
        let now = if new.password.is_empty() { "none" } else { "set anew" };
        fields.0.push(FieldChange { field: "password", old: word(old), new: now.to_owned() });
    }
    fields.0
}

fn trunk_fields(old: &Trunk, new: &Trunk) -> Vec<FieldChange> {
    let mut fields = Fields::default();
    fields.put("name", &old.name, &new.name);
    fields.put("device", &old.device, &new.device);
    fields.put("address", &old.address, &new.address);
    fields.put("transport", &format!("{:?}", old.transport), &format!("{:?}", new.transport));
    fields.put("network", &old.network, &new.network);
    fields.put("sources", &list(&old.sources), &list(&new.sources));
    fields.put("transit", &old.transit, &new.transit);
    fields.put("follow_redirects", &old.follow_redirects, &new.follow_redirects);
    fields.put("may_transfer", &old.may_transfer, &new.may_transfer);
    fields.put("transfers_itself", &old.transfers_itself, &new.transfers_itself);
    fields.put("max_calls", &or(old.max_calls, "unlimited"), &or(new.max_calls, "unlimited"));
    fields.0
}

fn route_fields(before: &Directory, old: &Route, after: &Directory, new: &Route) -> Vec<FieldChange> {
    let mut fields = Fields::default();
    fields.put("prefix", &old.prefix, &new.prefix);
    fields.put("min_digits", &old.min_digits, &new.min_digits);
    fields.put("max_digits", &old.max_digits, &new.max_digits);
    if old.choices != new.choices {
        let (old, new) = (choices(before, old), choices(after, new));
        fields.0.push(FieldChange { field: "choices", old, new });
    }
    let hours = |route: &Route| if route.hours.is_empty() { "always".to_owned() } else { list(&route.hours) };
    fields.put("hours", &hours(old), &hours(new));
    fields.0
}

/// A value, or what its absence means.
fn or<T: ToString>(value: Option<T>, nothing: &str) -> String {
    value.map_or_else(|| nothing.to_owned(), |value| value.to_string())
}

fn list<T: ToString>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(T::to_string).collect();
    format!("[{}]", items.join(", "))
}

/// `[carrier strip 1 prepend 0049, backup]`.
fn choices(directory: &Directory, route: &Route) -> String {
    let one = |choice: &crate::RouteChoice| {
        let name = directory.trunks.get(&choice.trunk).map(|trunk| trunk.name.clone());
        let mut text = name.unwrap_or_else(|| choice.trunk.to_string());
        if choice.strip > 0 {
            text.push_str(&format!(" strip {}", choice.strip));
        }
        if !choice.prepend.is_empty() {
            text.push_str(&format!(" prepend {}", choice.prepend));
        }
        text
    };
    let items: Vec<_> = route.choices.iter().map(one).collect();
    format!("[{}]", items.join(", "))
}

fn kind(kind: &ServiceKind) -> String {
    match kind {
        ServiceKind::Echo => "echo".to_owned(),
        ServiceKind::Music => "music".to_owned(),
        ServiceKind::Announcement(name) => format!("announcement {name}"),
    }
}
