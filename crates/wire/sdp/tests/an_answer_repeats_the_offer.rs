//! An answer written beside a parsed offer has one media line for each of the offer's, in its order (RFC 3264 section 6).

use sdp::{Direction, Rtpmap, SessionDescription, WriteError, Writer};

const OFFER: &str = "v=0\r\no=puskas 7 1 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.3\r\nt=0 0\r\n\
                     m=audio 4000 RTP/AVP 98 8 101\r\na=rtpmap:98 speex/16000\r\na=rtpmap:101 telephone-event/8000\r\n\
                     a=fmtp:101 0-16\r\na=sendonly\r\nm=video 4002 RTP/AVP 34\r\nm=teleport 9 BEAM/1 scotty me\r\n";

/// Answers with A-law and events, and refuses every media after the first.
fn answer(offer: &SessionDescription) -> Result<SessionDescription, WriteError> {
    let address = "198.51.100.1".parse().unwrap();
    let mut writer = Writer::new();
    writer.own_origin(100, 1, address).session_name("-").connection(address).timing(0, 0);
    for (place, media) in offer.media.iter().enumerate() {
        if place > 0 {
            writer.refused(media);
            continue;
        }
        let taken: Vec<_> = media.codecs().filter(|codec| codec.rtpmap.clock_rate == 8000).collect();
        writer.media(media.kind.as_str(), 20_000, &media.protocol, taken.iter().map(|codec| codec.rtpmap.payload_type));
        for codec in &taken {
            writer.rtpmap(&codec.rtpmap);
            if let Some(fmtp) = media.attributes.fmtp(codec.rtpmap.payload_type) {
                writer.fmtp(&fmtp);
            }
        }
        writer.ptime(20).direction(offer.direction_of(media).reversed());
    }
    Ok(SessionDescription::parse(writer.finish()?).unwrap())
}

#[test]
fn every_media_line_has_its_answer() {
    let offer = SessionDescription::parse(OFFER).unwrap();
    let answer = answer(&offer).unwrap();
    assert_eq!(answer.media.len(), offer.media.len());
    for (offered, answered) in offer.media.iter().zip(&answer.media) {
        assert_eq!((&offered.kind, &offered.protocol), (&answered.kind, &answered.protocol));
    }
    let refused: Vec<_> = answer.media.iter().map(|media| (media.is_disabled(), media.formats.len())).collect();
    assert_eq!(refused, [(false, 2), (true, 1), (true, 2)]);
}

#[test]
fn the_taken_media_keeps_the_offers_payload_types() {
    let answer = answer(&SessionDescription::parse(OFFER).unwrap()).unwrap();
    let audio = &answer.media[0];
    assert_eq!(audio.payload_types().collect::<Vec<_>>(), [8, 101]);
    assert_eq!(
        audio.attributes.rtpmap(8),
        Some(Rtpmap { payload_type: 8, encoding: "PCMA", clock_rate: 8000, parameters: None })
    );
    assert!(audio.attributes.fmtp(101).is_some_and(|fmtp| fmtp.lists_event(16)));
    assert_eq!((audio.attributes.direction(), audio.attributes.ptime()), (Some(Direction::RecvOnly), Some(20)));
}

#[test]
fn an_edited_description_is_written_as_edited() {
    let mut sdp = SessionDescription::parse(OFFER).unwrap();
    sdp.media.truncate(1);
    sdp.timings.clear();
    sdp.media[0].attributes.retain(|attribute| attribute.name() != "sendonly");
    sdp.media[0].formats.retain(|format| *format != "98");
    let text = sdp.to_string();
    assert!(text.contains("t=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:98"), "{text}");
    assert!(!text.contains("sendonly") && !text.contains("video"), "{text}");
}
