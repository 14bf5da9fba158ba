//! Legs are connected to others than before, from either side, and everything else that is ordered for them meanwhile, in any
//! sequence: who hears whom is what a small model says. No packet reaches a third party.

mod support;

use media_plan::AddressFamily::V4;
use media_plan::{Codec, MediaFault, MediaOrder, MediaOrderKind, OrderId, PlaySource};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::{PATIENCE, Phone, Rig, events_as, pcma, pcmu, receive};

const LEGS: usize = 5;

/// An order for a leg of the five.
#[derive(Clone, Copy, Debug)]
enum Step {
    Connect(usize, usize),
    Disconnect(usize),
    Music(usize),
    Echo(usize),
    Stop(usize),
    /// Another codec: A-law, µ-law, or both.
    Speak(usize, u8),
    /// The leg is closed and another one is opened in its place.
    Replace(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sound {
    Nothing,
    Music,
    Echo,
}

/// What is known of a leg.
#[derive(Clone, Copy, Debug)]
struct Party {
    with: Option<usize>,
    sound: Sound,
    codecs: u8,
}

impl Party {
    const NEW: Party = Party { with: None, sound: Sound::Nothing, codecs: 2 };
}

/// Who hears whom.
struct Model([Party; LEGS]);

impl Model {
    fn part(&mut self, leg: usize) {
        if let Some(other) = self.0[leg].with.take() {
            self.0[other].with = None;
        }
    }

    /// Takes a step; the outcome that it has to have.
    fn take(&mut self, step: Step) -> Result<(), MediaFault> {
        match step {
            Step::Connect(leg, with) => {
                let shared =
                    self.0[leg].codecs == 2 || self.0[with].codecs == 2 || self.0[leg].codecs == self.0[with].codecs;
                if leg == with || !shared {
                    self.part(leg);
                    return Err(if leg == with { MediaFault::UnknownLeg } else { MediaFault::NoCommonCodec });
                }
                if self.0[leg].with != Some(with) {
                    self.part(leg);
                    self.part(with);
                }
                (self.0[leg].with, self.0[with].with) = (Some(with), Some(leg));
                (self.0[leg].sound, self.0[with].sound) = (Sound::Nothing, Sound::Nothing);
            }
            Step::Disconnect(leg) => self.part(leg),
            Step::Music(leg) => self.0[leg].sound = Sound::Music,
            Step::Echo(leg) => self.0[leg].sound = Sound::Echo,
            Step::Stop(leg) => self.0[leg].sound = Sound::Nothing,
            Step::Speak(leg, codecs) => self.0[leg].codecs = codecs,
            Step::Replace(leg) => {
                self.part(leg);
                self.0[leg] = Party::NEW;
            }
        }
        Ok(())
    }

    /// Who hears what this leg sends in a codec: its partner, unless something is played to that one; or itself.
    fn hearer(&self, leg: usize, law: u8) -> Option<usize> {
        let takes = |party: &Party| party.codecs == 2 || party.codecs == law;
        if !takes(&self.0[leg]) {
            return None;
        }
        if self.0[leg].sound == Sound::Echo {
            return Some(leg);
        }
        self.0[leg].with.filter(|with| self.0[*with].sound == Sound::Nothing && takes(&self.0[*with]))
    }
}

fn events_of(leg: usize) -> u8 {
    [101, 96, 110, 97, 101][leg]
}

fn codecs_of(leg: usize, codecs: u8) -> Vec<Codec> {
    let laws = match codecs {
        0 => vec![pcma()],
        1 => vec![pcmu()],
        _ => vec![pcma(), pcmu()],
    };
    laws.into_iter().chain([events_as(events_of(leg))]).collect()
}

/// The engine, with five telephones.
struct World {
    rig: Rig,
    phones: Vec<Phone>,
    orders: u64,
}

impl World {
    fn new(threads: usize) -> World {
        let mut rig = Rig::with(|config| config.threads = threads);
        let phones = (0..LEGS).map(|leg| rig.phone(V4, &codecs_of(leg, 2))).collect();
        World { rig, phones, orders: 0 }
    }

    /// The orders of a step, none of which waits for an outcome; the last has the outcome of the step.
    fn order(
        &mut self,
        step: Step,
        outcomes: &mut BTreeMap<OrderId, Result<(), MediaFault>>,
        result: Result<(), MediaFault>,
    ) {
        let play = |source| MediaOrderKind::Play { source, repeat: true };
        let (leg, kind) = match step {
            Step::Connect(leg, with) => (leg, MediaOrderKind::Connect { with: self.phones[with].leg }),
            Step::Disconnect(leg) => (leg, MediaOrderKind::Disconnect),
            Step::Music(leg) => (leg, play(PlaySource::Music)),
            Step::Echo(leg) => (leg, play(PlaySource::Echo)),
            Step::Stop(leg) => (leg, MediaOrderKind::Stop),
            Step::Speak(leg, codecs) => {
                (leg, MediaOrderKind::Modify(Box::new(self.phones[leg].setup(&codecs_of(leg, codecs)))))
            }
            Step::Replace(leg) => {
                self.rig.close(self.phones[leg].leg);
                self.phones[leg] = self.rig.phone(V4, &codecs_of(leg, 2));
                return;
            }
        };
        self.orders += 1;
        let id = OrderId(1_000_000 + self.orders);
        self.rig.handle.order(MediaOrder { id, leg: self.phones[leg].leg, kind }).expect("the queue has room");
        outcomes.insert(id, result);
    }

    fn settle(&mut self, outcomes: BTreeMap<OrderId, Result<(), MediaFault>>) -> Result<(), TestCaseError> {
        for (id, expected) in outcomes {
            let found = self.rig.wait(|event| match event {
                media_plan::MediaEvent::Outcome { order, result, .. } if *order == id => Some(*result),
                _ => None,
            });
            prop_assert_eq!(found, expected);
        }
        Ok(())
    }

    /// Every telephone sends a packet of each law and a key; all is compared with what the model says.
    fn compare(&mut self, model: &Model) -> Result<(), TestCaseError> {
        for phone in &self.phones {
            while receive_now(phone).is_some() {}
        }
        let before = self.rig.handle.kernel_calls().receives;
        let mut expected: Vec<Vec<(u32, u8, Vec<u8>)>> = vec![Vec::new(); LEGS];
        for leg in 0..LEGS {
            let phone = &mut self.phones[leg];
            let tag = vec![leg as u8 + 1; 160];
            let key = vec![5, 0x0A, 0, 160];
            let events = events_of(leg);
            for (payload_type, payload, law) in [(8, &tag, 0), (0, &tag, 1), (events, &key, model.0[leg].codecs)] {
                let bytes = phone.packet(payload_type, false, payload);
                phone.rtp.send_to(&bytes, phone.engine).unwrap();
                let hearer = if payload_type == events {
                    let echo = model.0[leg].sound == Sound::Echo;
                    let with = model.0[leg].with.filter(|with| model.0[*with].sound == Sound::Nothing);
                    if echo { Some(leg) } else { with }
                } else {
                    model.hearer(leg, law)
                };
                if let Some(to) = hearer {
                    let number = if payload_type == events { events_of(to) } else { payload_type };
                    expected[to].push((phone.ssrc, number, payload.clone()));
                }
            }
        }
        let limit = Instant::now() + PATIENCE;
        while self.rig.handle.kernel_calls().receives.wrapping_sub(before) < 3 * LEGS as u64 {
            prop_assert!(Instant::now() < limit, "packets were not taken");
            std::thread::yield_now();
        }
        let sources: Vec<u32> = self.phones.iter().map(|phone| phone.ssrc).collect();
        for (leg, phone) in self.phones.iter().enumerate() {
            let mut heard = Vec::new();
            while let Some(bytes) = receive_now(phone) {
                let packet = rtp::RtpPacket::parse(&bytes).expect("RTP");
                if sources.contains(&packet.ssrc().0) {
                    heard.push((packet.ssrc().0, packet.payload_type(), packet.payload().to_vec()));
                } else {
                    prop_assert_eq!(model.0[leg].sound, Sound::Music, "leg {} hears what nobody plays to it", leg);
                }
            }
            prop_assert_eq!(&heard, &expected[leg], "leg {} of {:?}", leg, model.0);
        }
        Ok(())
    }

    /// Music is heard by exactly those to whom it is played.
    fn compare_music(&self, model: &Model) -> Result<(), TestCaseError> {
        let own: Vec<u32> = self.phones.iter().map(|phone| phone.ssrc).collect();
        for (leg, phone) in self.phones.iter().enumerate() {
            while receive_now(phone).is_some() {}
            let music = model.0[leg].sound == Sound::Music;
            let heard = receive(&phone.rtp, if music { PATIENCE } else { Duration::from_millis(25) });
            prop_assert_eq!(heard.is_some(), music, "leg {}", leg);
            let foreign = heard.is_some_and(|bytes| {
                let packet = rtp::RtpPacket::parse(&bytes).expect("RTP");
                own.contains(&packet.ssrc().0)
            });
            prop_assert!(!foreign);
        }
        Ok(())
    }
}

fn receive_now(phone: &Phone) -> Option<Vec<u8>> {
    let mut buffer = [0; 2048];
    phone.rtp.set_nonblocking(true).unwrap();
    let received = phone.rtp.recv_from(&mut buffer);
    phone.rtp.set_nonblocking(false).unwrap();
    received.ok().map(|(length, _)| buffer[..length].to_vec())
}

fn step() -> impl Strategy<Value = Step> {
    let leg = || 0..LEGS;
    prop_oneof![
        8 => (leg(), leg()).prop_map(|(leg, with)| Step::Connect(leg, with)),
        2 => leg().prop_map(Step::Disconnect),
        2 => leg().prop_map(Step::Music),
        1 => leg().prop_map(Step::Echo),
        2 => leg().prop_map(Step::Stop),
        1 => (leg(), 0u8..3).prop_map(|(leg, codecs)| Step::Speak(leg, codecs)),
        1 => leg().prop_map(Step::Replace),
    ]
}

/// Bursts of orders that do not wait for each other; after each it is looked who hears whom.
fn run(threads: usize, bursts: &[Vec<Step>]) -> Result<(), TestCaseError> {
    let mut world = World::new(threads);
    let mut model = Model([Party::NEW; LEGS]);
    for burst in bursts {
        let mut outcomes = BTreeMap::new();
        for step in burst {
            let result = model.take(*step);
            world.order(*step, &mut outcomes, result);
        }
        world.settle(outcomes)?;
        world.compare(&model)?;
    }
    world.compare_music(&model)?;
    for phone in &world.phones {
        world.rig.close(phone.leg);
    }
    world.rig.gather();
    prop_assert_eq!((world.rig.pool.taken(), world.rig.handle.idle_pairs()), (0, world.rig.pool.len()));
    Ok(())
}

fn bursts() -> impl Strategy<Value = Vec<Vec<Step>>> {
    proptest::collection::vec(proptest::collection::vec(step(), 1..6), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_one_thread_everybody_hears_whom_the_orders_say(bursts in bursts()) {
        run(1, &bursts)?;
    }

    #[test]
    fn on_three_threads_everybody_hears_whom_the_orders_say(bursts in bursts()) {
        run(3, &bursts)?;
    }
}
