//! `almon explain`: what becomes of a call, and why.

use super::arguments::ExplainArguments;
use super::paint::{Colour, Paint};
use super::{CommandError, Context, time};
use crate::control::client::ClientError;
use crate::control::protocol::{Answer, Request};
use crate::start;
use directory::{ServiceKind, Weekday};
use exchange::route::explanation::{Asked, Explanation, Inquiry, Mark, Node, Origin, Outcome};
use exchange::route::local_time::LocalTime;
use exchange::route::number_plan::Dialling;
use ground::{Number, Utc};
use std::io::Write;

/// With how many exchanges before it a telephone's call begins (RFC 3261 section 8.1.1.6: Max-Forwards should be 70).
const HOPS: u8 = 70;

/// What is printed for programs.
#[derive(serde::Serialize)]
struct Told<'a> {
    /// A running server has answered, and not the data folder.
    live: bool,
    explanation: &'a Explanation,
}

/// When the call is supposed to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Now,
    /// On the site's clocks.
    Local(LocalTime),
    Instant(Utc),
}

pub(super) fn run(context: &Context, arguments: &ExplainArguments, out: &mut impl Write) -> Result<(), CommandError> {
    let at = arguments.at.as_deref().map_or(Ok(At::Now), read_time)?;
    let inquiry = inquiry(arguments, at)?;
    let at = if let At::Instant(at) = at { Some(at) } else { None };
    let (explanation, live) = ask(context, inquiry, at)?;
    if context.json {
        let told = Told { live, explanation: &explanation };
        serde_json::to_writer_pretty(&mut *out, &told).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    print(&explanation, live, Paint::for_terminal(), out)
}

fn inquiry(arguments: &ExplainArguments, at: At) -> Result<Inquiry, CommandError> {
    let number = |text: &str| -> Result<Number, CommandError> {
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '/' | '(' | ')')).collect();
        let read = Number::parse(&plain).ok().filter(|number| !number.digits.is_empty());
        read.ok_or_else(|| CommandError::Argument(format!("{text:?} is no number: it has 1 to 31 of 0-9, *, #, A-D")))
    };
    let (from, dialled) = (number(&arguments.from)?, number(&arguments.to)?);
    let origin = match &arguments.via {
        None => Origin::Extension(from.digits),
        Some(name) => Origin::Trunk { name: name.clone(), caller: from.to_string() },
    };
    let time = if let At::Local(time) = at { Some(time) } else { None };
    Ok(Inquiry { origin, dialled, dialling: Dialling::Ended, time, hops: HOPS })
}

/// Asks the running server, or else the data folder; true when it was the server.
fn ask(context: &Context, inquiry: Inquiry, at: Option<Utc>) -> Result<(Explanation, bool), CommandError> {
    let request = Request::Explain { inquiry: Box::new(inquiry.clone()), at };
    let told = match context.ask(&request) {
        Ok(Answer::Explanation(told)) => (*told, true),
        Ok(_) => return Err(CommandError::Unexpected),
        Err(CommandError::Client(ClientError::NotRunning { socket })) => {
            let now = net::Clock::start().now();
            let found = start::at_rest(&context.site()?, now).map_err(|error| CommandError::Start(Box::new(error)))?;
            let exchange = found.ok_or(CommandError::Client(ClientError::NotRunning { socket }))?;
            (exchange.explain(at.unwrap_or(now.utc), &inquiry), false)
        }
        Err(error) => return Err(error),
    };
    match told {
        (Ok(explanation), live) => Ok((explanation, live)),
        (Err(unexplained), _) => Err(CommandError::Argument(unexplained.to_string())),
    }
}

/// `2026-12-24 18:00` and `fri 18:00` on the site's clocks, and RFC 3339 section 5.6 with its offset.
fn read_time(text: &str) -> Result<At, CommandError> {
    let wrong = || {
        CommandError::Argument(format!(
            "{text:?} is no time: write fri 18:00 or 2026-12-24 18:00 for the site's clocks, or 2026-12-24T18:00:00+01:00"
        ))
    };
    let text = text.trim();
    if let Some((day, rest)) = text.split_once(' ')
        && let Some(weekday) = read_weekday(day)
    {
        return Ok(At::Local(LocalTime { weekday, minute: read_minute(rest.trim()).ok_or_else(wrong)? }));
    }
    let utc = time::parse(text).map_err(|_| wrong())?;
    let has_offset = text.get(10..).is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']));
    Ok(if has_offset { At::Instant(utc) } else { At::Local(LocalTime::at(utc, 0)) })
}

/// `fri` or `friday`.
fn read_weekday(text: &str) -> Option<Weekday> {
    let lower = text.to_ascii_lowercase();
    let matches = |day: &Weekday| lower == day.short() || lower == format!("{day:?}").to_ascii_lowercase();
    Weekday::ALL.into_iter().find(matches)
}

fn read_minute(text: &str) -> Option<u16> {
    let two = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() == 2 && text.is_ascii());
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn print(explanation: &Explanation, live: bool, paint: Paint, out: &mut impl Write) -> Result<(), CommandError> {
    writeln!(out, "{}", heading(&explanation.question))?;
    if !live {
        let note = "No server runs here: this is the data folder's directory, without telephones and calls.";
        writeln!(out, "{}", paint.in_colour(Colour::Yellow, note))?;
    }
    writeln!(out)?;
    let mut lines = Vec::new();
    tree(&explanation.nodes, "", &mut lines);
    let width = lines.iter().map(|line| line.width()).max().unwrap_or(0);
    for line in &lines {
        writeln!(out, "{}", line.text(width, paint))?;
    }
    let refused = matches!(explanation.outcome, Outcome::Refused { .. });
    let colour = if refused { Colour::Red } else { Colour::Green };
    writeln!(out)?;
    Ok(writeln!(out, "{} {}", paint.in_colour(colour, "=>"), paint.bold(&outcome(&explanation.outcome)))?)
}

fn heading(asked: &Asked) -> String {
    let name = if asked.name.is_empty() { String::new() } else { format!(" ({})", shown(&asked.name)) };
    let via = asked.via.as_ref().map(|trunk| format!(" over trunk {trunk}")).unwrap_or_default();
    let (from, dialled, time, revision) = (&asked.from, &asked.dialled, asked.time, asked.revision.0);
    format!("{from}{name}{via} dials {dialled}, {time}, revision {revision}")
}

/// What comes of it, as a sentence.
fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::MoreDigits => "more digits are awaited".to_owned(),
        Outcome::Refused { reason } => {
            format!("refused: {} ({}, Q.850 {})", reason.text(), reason.code(), reason.q850())
        }
        Outcome::Extension { number, name, telephones, waits } => {
            let name = if name.is_empty() { String::new() } else { format!(" ({})", shown(name)) };
            let telephones =
                if *telephones == 1 { "1 telephone".to_owned() } else { format!("{telephones} telephones") };
            let what = if *waits { "is talking; the call waits at" } else { "rings at" };
            format!("extension {number}{name} {what} {telephones}")
        }
        Outcome::Service { number, kind } => match kind {
            ServiceKind::Echo => format!("service {number} answers: echo"),
            ServiceKind::Music => format!("service {number} answers: music"),
            ServiceKind::Announcement(name) => format!("service {number} answers: announcement {name}"),
        },
        Outcome::Trunk { route, trunk, number, emergency } => {
            let what = if *emergency { "EMERGENCY CALL, leaves" } else { "leaves" };
            format!("{what} over trunk {trunk} as {number} (route {route})")
        }
    }
}

/// One line of the tree.
struct Line<'a> {
    branch: String,
    node: &'a Node,
}

/// Lines of a tree with branches drawn in front.
fn tree<'a>(nodes: &'a [Node], before: &str, lines: &mut Vec<Line<'a>>) {
    for (index, node) in nodes.iter().enumerate() {
        let (here, below) = if index + 1 == nodes.len() { ("└─", "  ") } else { ("├─", "│ ") };
        lines.push(Line { branch: format!("{before}{here}"), node });
        tree(&node.children, &format!("{before}{below} "), lines);
    }
}

impl Line<'_> {
    /// The columns in front of the reason.
    fn width(&self) -> usize {
        self.branch.chars().count() + 3 + shown(&self.node.what).chars().count()
    }

    fn text(&self, width: usize, paint: Paint) -> String {
        let (mark, colour) = match self.node.verdict {
            Mark::Won => ("✔", Colour::Green),
            Mark::Passed => ("·", Colour::None),
            Mark::Lost => ("-", Colour::Grey),
            Mark::Failed => ("✘", Colour::Red),
            Mark::Waits => ("…", Colour::Yellow),
            Mark::Next => ("+", Colour::None),
        };
        let room = " ".repeat(width.saturating_sub(self.width()));
        let what = format!("{mark} {}", shown(&self.node.what));
        let line = format!(
            "{} {}{room}   {}",
            paint.in_colour(Colour::Grey, &self.branch),
            paint.in_colour(colour, &what),
            shown(&self.node.why)
        );
        line.trim_end().to_owned()
    }
}

/// Without control characters, so that no name plays with the terminal.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_each_form() {
        let friday = At::Local(LocalTime { weekday: Weekday::Friday, minute: 18 * 60 });
        for text in ["fri 18:00", "Friday 18:00", "FRI  18:00", "2026-12-25 18:00", "2026-12-25T18:00"] {
            assert_eq!(read_time(text).unwrap(), friday, "{text}");
        }
        let instant = At::Instant(Utc::from_seconds(1_772_355_900));
        for text in ["2026-03-01T09:05Z", "2026-03-01T10:05:00+01:00", "2026-03-01 04:05-05:00"] {
            assert_eq!(read_time(text).unwrap(), instant, "{text}");
        }
        for text in ["", "18:00", "noon", "fry 18:00", "fri", "fri 24:00", "fri 8:00", "fri 18:00x", "2026-13-01 18:00"]
        {
            let Err(CommandError::Argument(message)) = read_time(text) else { panic!("{text}") };
            assert!(message.contains("is no time: write fri 18:00"), "{message}");
        }
    }

    #[test]
    fn branches_are_drawn_and_reasons_line_up() {
        let node = |what: &str, verdict, children| Node { what: what.into(), verdict, why: "because".into(), children };
        let inner = vec![node("a", Mark::Lost, vec![]), node("bcd\u{1b}", Mark::Won, vec![])];
        let nodes = [node("routes", Mark::Won, inner), node("hops", Mark::Passed, vec![])];
        let mut lines = Vec::new();
        tree(&nodes, "", &mut lines);
        let width = lines.iter().map(|line| line.width()).max().unwrap();
        let text: Vec<String> = lines.iter().map(|line| line.text(width, Paint::plain())).collect();
        assert_eq!(
            text,
            ["├─ ✔ routes    because", "│  ├─ - a      because", "│  └─ ✔ bcd?   because", "└─ · hops      because",]
        );
    }
}
