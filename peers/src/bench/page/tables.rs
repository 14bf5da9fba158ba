//! The tables of a part: a row for each measure and load, a column for each server, and the ratio of Almon to each other.

use std::fmt::Write;

use super::super::figures::{Figure, Measure, PartResult, Server};

/// The tables of a part, one for each set of servers that share rows, in the order of the figures.
pub fn of(result: &PartResult) -> String {
    let servers: Vec<Server> = Server::ALL.into_iter().filter(|server| has(result, *server)).collect();
    if servers.is_empty() {
        return "Nothing was measured.\n\n".to_owned();
    }
    let mut text = heading(&servers);
    for (measure, load) in rows(result) {
        text.push_str(&row(result, measure, &load, &servers));
    }
    text.push('\n');
    text
}

fn has(result: &PartResult, server: Server) -> bool {
    result.figures.iter().any(|figure| figure.server == server)
}

/// Every measure with its loads, in the order in which they were first found, measures kept together.
fn rows(result: &PartResult) -> Vec<(Measure, String)> {
    let mut rows: Vec<(Measure, String)> = Vec::new();
    for figure in &result.figures {
        let row = (figure.measure, figure.load.clone());
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let order = |measure: Measure| rows.iter().position(|(known, _)| *known == measure);
    let mut sorted = rows.clone();
    sorted.sort_by_key(|(measure, _)| order(*measure));
    sorted
}

fn heading(servers: &[Server]) -> String {
    let others = others(servers);
    let names: String = servers.iter().map(|server| format!(" {} |", server.name())).collect();
    let ratios: String = others.iter().map(|server| format!(" Almon / {} |", server.name())).collect();
    format!("| |{names}{ratios}\n|---|{}\n", "---:|".repeat(servers.len() + others.len()))
}

/// Those that Almon is compared with.
fn others(servers: &[Server]) -> Vec<Server> {
    if !servers.contains(&Server::Almon) {
        return Vec::new();
    }
    servers.iter().copied().filter(|server| *server != Server::Almon).collect()
}

fn row(result: &PartResult, measure: Measure, load: &str, servers: &[Server]) -> String {
    let figure = |server: Server| {
        let same = |figure: &&Figure| figure.measure == measure && figure.load == load && figure.server == server;
        result.figures.iter().find(same)
    };
    let mut text = format!("| {}, {load} |", measure.name());
    for server in servers {
        let _ = write!(text, " {} |", figure(*server).map_or("-".to_owned(), cell));
    }
    for server in others(servers) {
        let ratio = ratio(figure(Server::Almon).map(Figure::value), figure(server).map(Figure::value));
        let _ = write!(text, " {} |", ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")));
    }
    text.push('\n');
    text
}

/// A figure with its range, where the rounds differ by more than a tenth.
fn cell(figure: &Figure) -> String {
    let (value, decimals) = (figure.value(), figure.measure.decimals());
    let (lowest, highest) = figure.spread();
    if highest - lowest > 0.1 * value.abs() && figure.values.len() > 1 {
        return format!("{value:.decimals$} ({lowest:.decimals$}-{highest:.decimals$})");
    }
    format!("{value:.decimals$}")
}

fn ratio(ours: Option<f64>, theirs: Option<f64>) -> Option<f64> {
    let (ours, theirs) = (ours?, theirs?);
    (theirs > 0.0).then(|| ours / theirs)
}

#[cfg(test)]
mod tests {
    use super::super::super::figures::Part;
    use super::*;

    #[test]
    fn measures_stay_together_and_ratios_are_ours_for_theirs() {
        let mut result = PartResult::new(Part::Calls, String::new(), 0.0);
        result.add(Measure::CpuEach, "100 a second", Server::Almon, 0.2);
        result.add(Measure::ResponseTime, "100 a second", Server::Almon, 1.0);
        result.add(Measure::CpuEach, "200 a second", Server::Almon, 0.1);
        result.add(Measure::CpuEach, "100 a second", Server::Kamailio, 0.8);
        let text = of(&result);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "| | Almon | Kamailio | Almon / Kamailio |");
        assert_eq!(lines[2], "| CPU ms each, 100 a second | 0.200 | 0.800 | 0.25 |");
        assert_eq!(lines[3], "| CPU ms each, 200 a second | 0.100 | - | - |");
        assert_eq!(lines[4], "| request to final answer, whole ms, 100 a second | 1 | - | - |");
    }

    #[test]
    fn rounds_that_differ_show_their_range() {
        let figure = |values: &[f64]| {
            let (load, values) = (String::new(), values.to_vec());
            cell(&Figure { measure: Measure::CpuPerHundred, load, server: Server::Almon, values })
        };
        assert_eq!(figure(&[10.0, 10.4]), "10.2");
        assert_eq!(figure(&[10.0, 12.0, 14.0]), "12.0 (10.0-14.0)");
        assert_eq!(figure(&[7.0]), "7.0");
    }

    #[test]
    fn nothing_divides_by_nothing() {
        assert_eq!(ratio(Some(1.0), Some(0.0)), None);
        assert_eq!(ratio(None, Some(1.0)), None);
        assert_eq!(ratio(Some(1.0), Some(4.0)), Some(0.25));
        let empty = PartResult::new(Part::Start, String::new(), 0.0);
        assert!(of(&empty).contains("Nothing was measured"));
    }
}
