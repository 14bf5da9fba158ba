//! Whatever is offered and answered, the rules of RFC 3264 hold.

use media_plan::{
    Codec, CodecName, Direction, Learning, MediaAnswer, MediaKind, MediaOffer, Negotiation, OwnCodecs, Phase,
    SourcePolicy, StreamDescription, TransportProfile, payload_map,
};
use proptest::prelude::*;
use std::net::SocketAddr;

fn codec() -> impl Strategy<Value = Codec> {
    let name = prop_oneof![
        Just("PCMU"),
        Just("PCMA"),
        Just("G722"),
        Just("telephone-event"),
        Just("CN"),
        Just("opus"),
        Just("SPEEX")
    ];
    let parameters = proptest::option::of(prop_oneof![Just("0-15".to_owned()), Just("mode=20".to_owned())]);
    (any::<u8>(), name, prop_oneof![Just(8000u32), Just(48_000)], 0u8..3, parameters).prop_map(
        |(payload_type, name, clock_rate, channels, parameters)| Codec {
            payload_type,
            name: CodecName::parse(name),
            clock_rate,
            channels,
            parameters,
        },
    )
}

fn stream() -> impl Strategy<Value = StreamDescription> {
    let kind = prop_oneof![
        4 => Just(MediaKind::Audio), 1 => Just(MediaKind::Video), 1 => Just(MediaKind::Other("image".to_owned()))
    ];
    let transport = prop_oneof![
        5 => Just(TransportProfile::RtpAvp), 1 => Just(TransportProfile::RtpSavp), 1 => Just(TransportProfile::Other("udptl".to_owned()))
    ];
    let address = proptest::option::weighted(
        0.8,
        prop_oneof![Just("192.0.2.1:4000"), Just("0.0.0.0:4000"), Just("[2001:db8::1]:65535"), Just("192.0.2.1:0")]
            .prop_map(|text| text.parse::<SocketAddr>().unwrap()),
    );
    let direction = prop_oneof![
        Just(Direction::SendReceive),
        Just(Direction::SendOnly),
        Just(Direction::ReceiveOnly),
        Just(Direction::Inactive)
    ];
    let times = (proptest::option::of(any::<u16>()), proptest::option::of(any::<u16>()));
    (kind, transport, address, direction, proptest::collection::vec(codec(), 0..8), times).prop_map(
        |(kind, transport, rtp, direction, codecs, (packet_time, max_packet_time))| StreamDescription {
            kind,
            transport,
            rtp,
            rtcp: None,
            direction,
            codecs,
            packet_time,
            max_packet_time,
        },
    )
}

fn streams() -> impl Strategy<Value = Vec<StreamDescription>> {
    proptest::collection::vec(stream(), 0..4)
}

fn leg(port: u16) -> Negotiation {
    Negotiation::new(SocketAddr::new("198.51.100.1".parse().unwrap(), port))
}

fn same(one: &Codec, other: &Codec) -> bool {
    one.name == other.name && one.clock_rate == other.clock_rate && one.channels == other.channels
}

fn audio(streams: &[StreamDescription]) -> Vec<Codec> {
    streams.iter().find(|stream| stream.rtp.is_some()).map(|stream| stream.codecs.clone()).unwrap_or_default()
}

fn check_numbers(codecs: &[Codec]) {
    for (index, codec) in codecs.iter().enumerate() {
        assert!(codec.payload_type <= 127);
        assert!(codecs.iter().skip(index + 1).all(|other| other.payload_type != codec.payload_type));
    }
}

const POLICY: SourcePolicy = SourcePolicy { learning: Learning::Locked, silence_after: None };

proptest! {
    #[test]
    fn an_answer_has_the_streams_of_its_offer_and_no_codec_that_was_not_offered(offer in streams()) {
        let mut leg = leg(20_000);
        if leg.receive_offer(MediaOffer { streams: offer.clone() }).is_err() {
            prop_assert_eq!(leg.phase(), Phase::Idle);
            return Ok(());
        }
        let Ok(answer) = leg.answer_own(&OwnCodecs::default(), Direction::SendReceive) else { return Ok(()) };
        prop_assert_eq!(answer.streams.len(), offer.len());
        prop_assert_eq!(answer.streams.iter().filter(|stream| stream.rtp.is_some()).count(), 1);
        for (ours, theirs) in answer.streams.iter().zip(&offer) {
            prop_assert_eq!(&ours.kind, &theirs.kind);
            prop_assert_eq!(&ours.transport, &theirs.transport);
            if ours.rtp.is_some() {
                prop_assert!(theirs.rtp.is_some());
                // Nobody sends what the other did not want.
                prop_assert!(!ours.direction.sends() || theirs.direction.receives());
                prop_assert!(!ours.direction.receives() || theirs.direction.sends());
                for codec in &ours.codecs {
                    let known = |offered: &Codec| same(offered, codec) && offered.payload_type == codec.payload_type;
                    prop_assert!(theirs.codecs.iter().any(known));
                }
            }
        }
        let setup = leg.setup(&POLICY).unwrap();
        prop_assert!((10..=60).contains(&setup.packet_time) && setup.packet_time.is_multiple_of(10));
        prop_assert!(setup.remote.is_none_or(|remote| !remote.rtp.ip().is_unspecified() && remote.rtp.port() != 0));
    }

    #[test]
    fn what_passes_between_two_legs_is_what_both_sides_take(offer in streams(), answer in stream(), again in streams()) {
        let (mut a, mut b) = (leg(20_000), leg(20_002));
        if a.receive_offer(MediaOffer { streams: offer }).is_err() {
            return Ok(());
        }
        let passed = b.offer_from(&a, a.far_direction()).unwrap();
        let offered = audio(&passed.streams);
        check_numbers(&offered);
        if b.receive_answer(MediaAnswer { streams: vec![answer.clone()] }).is_err() {
            prop_assert_eq!(b.phase(), Phase::Idle);
            return Ok(());
        }
        let returned = a.answer_from(&b, b.far_direction()).unwrap();
        let codecs = audio(&returned.streams);
        check_numbers(&codecs);
        for codec in &codecs {
            prop_assert!(answer.codecs.iter().any(|theirs| same(theirs, codec)));
        }
        let (to_a, to_b) = (a.setup(&POLICY).unwrap(), b.setup(&POLICY).unwrap());
        for (from, to) in [(&to_a, &to_b), (&to_b, &to_a)] {
            let map = payload_map(&from.receive, &to.send);
            for (number, target) in map.iter().enumerate() {
                let Some(target) = target else { continue };
                let source = from.receive.iter().find(|codec| usize::from(codec.payload_type) == number).unwrap();
                let target = to.send.iter().find(|codec| codec.payload_type == *target).unwrap();
                prop_assert!(same(source, target));
            }
        }
        check_numbers(&to_b.send);
        // A new offer of the caller: what a number meant on the called side, it means for ever.
        if a.receive_offer(MediaOffer { streams: again }).is_err() {
            return Ok(());
        }
        let Ok(second) = b.offer_from(&a, a.far_direction()) else { return Ok(()) };
        prop_assert_eq!(second.streams.len(), 1);
        for codec in audio(&second.streams) {
            for before in offered.iter().filter(|before| before.payload_type == codec.payload_type) {
                prop_assert!(same(before, &codec));
            }
        }
    }

    #[test]
    fn a_negotiation_goes_on_after_it_was_stored(offer in streams()) {
        let mut leg = leg(20_000);
        let _ = leg.receive_offer(MediaOffer { streams: offer });
        let text = serde_json::to_string(&leg).unwrap();
        let mut stored: Negotiation = serde_json::from_str(&text).unwrap();
        let own = OwnCodecs::default();
        prop_assert_eq!(stored.answer_own(&own, Direction::SendReceive), leg.answer_own(&own, Direction::SendReceive));
        prop_assert_eq!(stored, leg);
    }
}
