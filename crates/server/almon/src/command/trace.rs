//! `almon trace`: the ladder of a call.

use super::calls::call_id;
use super::{CommandError, Context};
use crate::control::protocol::{Answer, Request, Step};
use std::io::Write;

pub(super) fn run(context: &Context, call: &str, full: bool, out: &mut impl Write) -> Result<(), CommandError> {
    let Answer::Trace(steps) = context.ask(&Request::Trace { call: call_id(call)? })? else {
        return Err(CommandError::Unexpected);
    };
    if context.json {
        serde_json::to_writer_pretty(&mut *out, &steps).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    if steps.is_empty() {
        return Ok(writeln!(out, "nothing is kept of call {call}: it is unknown, or too long ago")?);
    }
    ladder(&steps, full, out)
}

/// One column for each party in the order in which they appear, Almon first.
fn ladder(steps: &[Step], full: bool, out: &mut impl Write) -> Result<(), CommandError> {
    let mut parties: Vec<&str> = vec![ALMON];
    for party in steps.iter().flat_map(|step| [&step.from, &step.to]).flatten() {
        if !parties.contains(&party.as_str()) {
            parties.push(party);
        }
    }
    let header: String = parties.iter().map(|party| format!("{party:^WIDTH$}")).collect();
    writeln!(out, "{:>12}  {}", "ms", header.trim_end())?;
    for step in steps {
        let line = match (&step.from, &step.to) {
            (Some(from), Some(to)) => arrow(&parties, from, to, &step.summary),
            _ => format!("{:^WIDTH$}", format!("[{}]", step.summary)),
        };
        writeln!(out, "{:>12.3}  {}", step.after as f64 / 1000.0, line.trim_end())?;
        if let (true, Some(message)) = (full, &step.message) {
            for line in message.lines() {
                let shown: String = line.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
                writeln!(out, "{:>12}  | {shown}", "")?;
            }
        }
    }
    Ok(())
}

/// How the exchange itself is called.
const ALMON: &str = "almon";
/// The width of a column.
const WIDTH: usize = 48;

/// A line from the middle of one column to the middle of another, its text on it.
fn arrow(parties: &[&str], from: &str, to: &str, text: &str) -> String {
    let place = |party: &str| parties.iter().position(|one| *one == party).unwrap_or(0) * WIDTH + WIDTH / 2;
    let (start, end) = (place(from), place(to));
    let (left, right) = (start.min(end), start.max(end));
    let room = right.saturating_sub(left + 4);
    let text: String = text.chars().filter(|c| !c.is_control()).take(room.saturating_sub(2)).collect();
    let body = format!("{:-^room$}", format!(" {text} "));
    let line = if start < end { format!("|-{body}->|") } else { format!("|<-{body}-|") };
    format!("{:left$}{line}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_from_sender_to_receiver() {
        let parties = [ALMON, "192.0.2.7:5060"];
        let out = arrow(&parties, "192.0.2.7:5060", ALMON, "INVITE 1002");
        assert!(out.trim_start().starts_with("|<-") && out.contains(" INVITE 1002 "), "{out}");
        let back = arrow(&parties, ALMON, "192.0.2.7:5060", "200 OK");
        assert!(back.ends_with("->|"), "{back}");
        assert_eq!(out.len(), back.len());
    }

    #[test]
    fn a_step_without_parties_is_an_event() {
        let step =
            Step { after: 1500, at: String::new(), from: None, to: None, summary: "Delivered".into(), message: None };
        let mut out = Vec::new();
        ladder(&[step], true, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().any(|line| line.trim_start().starts_with("1.500 ") && line.contains("[Delivered]")),
            "{text}"
        );
    }
}
