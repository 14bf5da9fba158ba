//! From a body to a description: RFC 8866 section 5, with the leniency that the crate's page lists.

use crate::line::{Line, Lines};
use crate::{
    Attribute, Attributes, Bandwidth, Connection, Key, Limits, Media, Origin, ParseError, ParseErrorKind,
    SessionDescription, Text, Timing,
};
use std::sync::Arc;

/// Reads `body`.
pub(crate) fn parse(body: &[u8], limits: &Limits) -> Result<SessionDescription, ParseError> {
    let whole = |kind| ParseError { line: 0, kind };
    if body.len() > limits.bytes {
        return Err(whole(ParseErrorKind::TooLarge));
    }
    let body = std::str::from_utf8(body).map_err(|_| whole(ParseErrorKind::NotUtf8))?;
    let source: Arc<str> = Arc::from(body);
    let mut lines = Lines::new(&source, limits.line);
    match lines.next_line()? {
        Some(Line { letter: 'v', value, number }) if value.trim_end_matches(' ') != "0" => {
            return Err(ParseError { line: number, kind: ParseErrorKind::Version });
        }
        Some(Line { letter: 'v', .. }) => {}
        _ => return Err(ParseError { line: 1, kind: ParseErrorKind::Missing('v') }),
    }
    let mut parser = Parser { source: &source, limits, session: Session::default(), attributes: 0 };
    while let Some(line) = lines.next_line()? {
        parser.line(line.letter, line.value).map_err(|kind| ParseError { line: line.number, kind })?;
    }
    parser.session.finish().map_err(whole)
}

struct Parser<'a> {
    source: &'a Arc<str>,
    limits: &'a Limits,
    session: Session,
    attributes: usize,
}

/// What has been read so far.
#[derive(Default)]
struct Session {
    origin: Option<Origin>,
    name: Option<Text>,
    information: Option<Text>,
    uri: Option<Text>,
    emails: Vec<Text>,
    phones: Vec<Text>,
    connection: Option<Connection>,
    bandwidths: Vec<Bandwidth>,
    timings: Vec<Timing>,
    key: Option<Key>,
    attributes: Attributes,
    media: Vec<Media>,
}

impl Session {
    /// The description; where `s=` or `t=` is absent, it gets what a call has there (RFC 8866 sections 5.3 and 5.9).
    fn finish(mut self) -> Result<SessionDescription, ParseErrorKind> {
        if self.timings.is_empty() {
            self.timings.push(Timing::UNBOUNDED);
        }
        Ok(SessionDescription {
            origin: self.origin.ok_or(ParseErrorKind::Missing('o'))?,
            session_name: self.name.unwrap_or_else(|| Text::literal("-")),
            information: self.information,
            uri: self.uri,
            emails: self.emails,
            phones: self.phones,
            connection: self.connection,
            bandwidths: self.bandwidths,
            timings: self.timings,
            key: self.key,
            attributes: self.attributes,
            media: self.media,
        })
    }
}

impl Parser<'_> {
    fn line(&mut self, letter: char, value: &str) -> Result<(), ParseErrorKind> {
        if letter == 'm' {
            if self.session.media.len() >= self.limits.media {
                return Err(ParseErrorKind::TooManyMedia);
            }
            let media = Media::parse(value, self.limits.formats, |part| Text::part(self.source, part))?;
            self.session.media.push(media);
            return Ok(());
        }
        if letter == 'a' {
            self.attributes += 1;
            if self.attributes > self.limits.attributes {
                return Err(ParseErrorKind::TooManyAttributes);
            }
        }
        if self.session.media.is_empty() { self.session_line(letter, value) } else { self.media_line(letter, value) }
    }

    /// A line before the first media.
    fn session_line(&mut self, letter: char, value: &str) -> Result<(), ParseErrorKind> {
        let keep = |part: &str| Text::part(self.source, part);
        let most = self.limits.repeated;
        let session = &mut self.session;
        match letter {
            'o' => once(letter, &mut session.origin, Origin::parse(value, keep).ok_or(ParseErrorKind::Origin)?),
            's' => once(letter, &mut session.name, keep(value)),
            'i' => once(letter, &mut session.information, keep(value)),
            'u' => once(letter, &mut session.uri, keep(value)),
            'e' => add(&mut session.emails, most, keep(value)),
            'p' => add(&mut session.phones, most, keep(value)),
            'c' => once(letter, &mut session.connection, connection(value, keep)?),
            'b' => add(&mut session.bandwidths, most, bandwidth(value, keep)?),
            't' => add(&mut session.timings, most, Timing::parse(value).ok_or(ParseErrorKind::Timing)?),
            'r' => {
                let timing = session.timings.last_mut().ok_or(ParseErrorKind::Timing)?;
                add(&mut timing.repeats, most, keep(value))
            }
            'z' => {
                let timing = session.timings.last_mut().ok_or(ParseErrorKind::Timing)?;
                once(letter, &mut timing.zone, keep(value))
            }
            'k' => once(letter, &mut session.key, Key::new(keep(value))),
            'a' => {
                session.attributes.push(Attribute::new(keep(value)).ok_or(ParseErrorKind::Attribute)?);
                Ok(())
            }
            'v' => Err(ParseErrorKind::Repeated(letter)),
            _ => Err(ParseErrorKind::UnknownType(letter)),
        }
    }

    /// A line of the last media.
    fn media_line(&mut self, letter: char, value: &str) -> Result<(), ParseErrorKind> {
        let keep = |part: &str| Text::part(self.source, part);
        let most = self.limits.repeated;
        let Some(media) = self.session.media.last_mut() else { return Err(ParseErrorKind::Media) };
        match letter {
            'i' => once(letter, &mut media.information, keep(value)),
            'c' => add(&mut media.connections, most, connection(value, keep)?),
            'b' => add(&mut media.bandwidths, most, bandwidth(value, keep)?),
            'k' => once(letter, &mut media.key, Key::new(keep(value))),
            'a' => {
                media.attributes.push(Attribute::new(keep(value)).ok_or(ParseErrorKind::Attribute)?);
                Ok(())
            }
            _ => Err(ParseErrorKind::UnknownType(letter)),
        }
    }
}

fn connection(value: &str, keep: impl Fn(&str) -> Text) -> Result<Connection, ParseErrorKind> {
    Connection::parse(value, keep).ok_or(ParseErrorKind::Connection)
}

fn bandwidth(value: &str, keep: impl Fn(&str) -> Text) -> Result<Bandwidth, ParseErrorKind> {
    Bandwidth::parse(value, keep).ok_or(ParseErrorKind::Bandwidth)
}

/// Stores what may stand once.
fn once<T>(letter: char, place: &mut Option<T>, value: T) -> Result<(), ParseErrorKind> {
    if place.is_some() {
        return Err(ParseErrorKind::Repeated(letter));
    }
    *place = Some(value);
    Ok(())
}

/// Stores what may stand `most` times.
fn add<T>(list: &mut Vec<T>, most: usize, value: T) -> Result<(), ParseErrorKind> {
    if list.len() >= most {
        return Err(ParseErrorKind::TooManyLines);
    }
    list.push(value);
    Ok(())
}

#[cfg(test)]
mod tests;
