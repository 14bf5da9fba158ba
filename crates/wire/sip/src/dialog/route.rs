//! Route sets, RFC 3261 sections 12.1 and 12.2.1.1: each entry is kept as the name-addr that stood in Record-Route.

/// The URI of a name-addr or addr-spec: what stands between `<` and `>`, or all of it up to a header parameter.
pub fn uri_of(value: &str) -> &str {
    // A quoted display name may hold `<`: it is skipped first.
    let rest = match value.trim_start().strip_prefix('"') {
        Some(quoted) => {
            let mut escaped = false;
            let end = quoted.char_indices().find(|&(_, c)| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            end.and_then(|(at, _)| quoted.get(at + 1..)).unwrap_or_default()
        }
        None => value,
    };
    match rest.split_once('<') {
        Some((_, inside)) => inside.split('>').next().unwrap_or_default().trim(),
        None => rest.split(';').next().unwrap_or_default().trim(),
    }
}

/// True when the URI of a route carries the `lr` parameter, RFC 3261 section 19.1.1: a loose router.
pub fn is_loose(uri: &str) -> bool {
    // The user part may hold `;`: parameters stand behind the last `@`, and before the URI's headers.
    let after_user = uri.rsplit_once('@').map_or(uri, |(_, host)| host);
    let before_headers = after_user.split('?').next().unwrap_or_default();
    before_headers.split(';').skip(1).any(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("lr")
    })
}

/// The entries of Record-Route header values in their order, each value split at its commas outside quotes and brackets.
pub fn record_route_of<'a>(values: impl Iterator<Item = &'a str>) -> Vec<Box<str>> {
    let mut routes = Vec::new();
    for value in values {
        let (mut start, mut quoted, mut inside, mut escaped) = (0, false, false, false);
        for (at, byte) in value.bytes().enumerate() {
            match byte {
                b'"' if !escaped => quoted = !quoted,
                b'<' if !quoted => inside = true,
                b'>' if !quoted => inside = false,
                b',' if !quoted && !inside => {
                    push(&mut routes, value.get(start..at));
                    start = at + 1;
                }
                _ => {}
            }
            escaped = byte == b'\\' && quoted && !escaped;
        }
        push(&mut routes, value.get(start..));
    }
    routes
}

/// The same entries last first: what a UAC keeps, RFC 3261 section 12.1.2.
pub fn reversed(mut routes: Vec<Box<str>>) -> Vec<Box<str>> {
    routes.reverse();
    routes
}

/// The URI to which a request of this route set and target is sent first, RFC 3261 section 8.1.2.
pub fn next_hop<'a>(routes: &'a [Box<str>], target: &'a str) -> &'a str {
    routes.first().map_or(target, |first| uri_of(first))
}

fn push(routes: &mut Vec<Box<str>>, part: Option<&str>) {
    let part = part.unwrap_or_default().trim();
    if !part.is_empty() {
        routes.push(part.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uri_is_found_behind_a_display_name_that_looks_like_one() {
        assert_eq!(uri_of("<sip:p1.example.com;lr>"), "sip:p1.example.com;lr");
        assert_eq!(uri_of("\"a \\\" <b>\" <sip:bell@example.com>;tag=9"), "sip:bell@example.com");
        assert_eq!(uri_of("sip:bell@example.com;tag=9"), "sip:bell@example.com");
        assert_eq!(uri_of("\"never closed"), "");
    }

    #[test]
    fn lr_counts_only_as_a_parameter_of_the_uri() {
        assert!(is_loose("sip:p1.example.com;lr"));
        assert!(is_loose("sip:p1.example.com;transport=tcp;LR=on"));
        assert!(!is_loose("sip:user;lr@p1.example.com"));
        assert!(!is_loose("sip:p1.example.com;lrx"));
        assert!(!is_loose("sip:p1.example.com?x=;lr"));
    }

    #[test]
    fn record_routes_are_split_at_commas_between_entries_only() {
        let routes = record_route_of(["<sip:a;lr>, \"x, y\" <sip:b,c;lr>", "<sip:d;lr>"].into_iter());
        assert_eq!(
            routes.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            ["<sip:a;lr>", "\"x, y\" <sip:b,c;lr>", "<sip:d;lr>"]
        );
        assert_eq!(reversed(routes).first().map(AsRef::as_ref), Some("<sip:d;lr>"));
    }

    #[test]
    fn the_next_hop_is_the_first_route_or_the_target() {
        assert_eq!(next_hop(&[], "sip:t"), "sip:t");
        assert_eq!(next_hop(&["<sip:a;lr>".into()], "sip:t"), "sip:a;lr");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_nothing_is_made_up(text in "[a-z<>\"\\\\,;=@? ]{0,40}") {
            proptest::prop_assert!(text.contains(uri_of(&text)));
            let _ = is_loose(&text);
            let routes = record_route_of(std::iter::once(text.as_str()));
            proptest::prop_assert!(routes.iter().all(|route| text.contains(&**route) && !route.is_empty()));
        }
    }
}
