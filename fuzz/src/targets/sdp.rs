//! Session descriptions: what is parsed must be written and read alike.

use sdp::SessionDescription;

/// Parses `data` as a body, asks every typed question, and compares a second pass with the first.
///
/// # Panics
///
/// When a description does not survive its own writing.
pub fn run(data: &[u8]) {
    let Ok(description) = SessionDescription::parse(data) else { return };
    for media in &description.media {
        let attributes = &media.attributes;
        let _ = (description.connection_of(media), description.direction_of(media), media.codecs().count());
        let _ =
            (attributes.ptime(), attributes.maxptime(), attributes.rtcp().map(|rtcp| rtcp.ip()), attributes.setup());
        let _ = attributes.cryptos().map(|crypto| crypto.inline_keys().count()).sum::<usize>();
        let _ = attributes.fmtps().filter(|fmtp| fmtp.lists_event(15)).count();
        let _ = attributes.fingerprints().map(|print| print.bytes().count()).sum::<usize>();
        let _ = attributes.groups().map(|group| group.tags().count()).sum::<usize>();
    }
    let written = description.to_bytes();
    let again = SessionDescription::parse(&written).map(|again| again.to_bytes());
    assert_eq!(again.as_ref(), Ok(&written), "a description changed by being written");
}
