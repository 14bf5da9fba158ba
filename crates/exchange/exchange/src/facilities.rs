//! What every half may use: numbers, timers, ports and media orders, the way out. Other halves are not in here.

use crate::call::Calls;
use crate::config::ExchangeConfig;
use crate::half::farewell::Farewell;
use crate::half::input::Timer;
use crate::half::message::{Envelope, Message};
use crate::half::placing::Placing;
use crate::half::{HalfId, ServerId};
use crate::media::legs::{Legs, Ordered};
use crate::route::decision::{Admission, Decision, Question, Rights};
use crate::route::listener::Listener;
use crate::route::local_time::LocalTime;
use crate::route::number_plan::{Dialling, NumberPlan};
use crate::route::reach::{Lines, Presence};
use crate::timer_state;
use crate::vocabulary::input::{Output, Terminal};
use directory::{Directory, Extension};
use ground::{
    AlarmCode, Allocator, CallId, ConnectionId, DeviceId, Digits, Identifiers, NetworkId, Now, Number, TimerTable,
    TrunkId, Utc,
};
use media_plan::{AddressFamily, MediaOrderKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

/// The equipment that halves share.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facilities {
    #[serde(skip)]
    pub(crate) config: Arc<ExchangeConfig>,
    #[serde(skip)]
    pub(crate) site: Site,
    #[serde(skip)]
    pub(crate) outputs: VecDeque<Output>,
    #[serde(skip)]
    pub(crate) now: Now,
    pub(crate) identifiers: Identifiers,
    pub(crate) reachability: BTreeMap<DeviceId, Vec<Terminal>>,
    pub(crate) calls: Calls,
    pub(crate) owners: BTreeMap<ConnectionId, HalfId>,
    /// Connections that were cleared and whose last word is awaited.
    pub(crate) farewells: BTreeMap<ConnectionId, Farewell>,
    /// Where devices live whose telephones are served by another server.
    pub(crate) homes: BTreeMap<DeviceId, ServerId>,
    pub(crate) legs: Legs,
    #[serde(with = "timer_state")]
    pub(crate) timers: TimerTable<Timer>,
    pub(crate) mail: VecDeque<Envelope>,
    /// Halves that another half has brought into being, on their way into the table.
    #[serde(skip)]
    pub(crate) placed: Vec<Placing>,
    /// Calls on each trunk, both directions together.
    pub(crate) trunks: BTreeMap<TrunkId, u32>,
    pub(crate) alarms: BTreeSet<AlarmCode>,
    pub(crate) draining: bool,
    /// How often another process has gone on from this state.
    pub(crate) restarts: u16,
    next_half: u64,
}

/// The directory revision in force and what is compiled from it.
#[derive(Debug, Default)]
pub(crate) struct Site {
    pub directory: Arc<Directory>,
    pub plan: NumberPlan,
    devices: BTreeMap<DeviceId, Digits>,
}

impl Site {
    pub fn compile(directory: Arc<Directory>) -> Site {
        let plan = NumberPlan::compile(&directory);
        let devices = directory.extensions.values().map(|extension| (extension.device, extension.number)).collect();
        Site { directory, plan, devices }
    }

    /// The extension of a device.
    pub fn extension(&self, device: DeviceId) -> Option<&Extension> {
        self.directory.extensions.get(self.devices.get(&device)?)
    }
}

impl Facilities {
    pub(crate) fn new(config: ExchangeConfig) -> Facilities {
        Facilities {
            identifiers: Identifiers::new(Allocator::Exchange, config.start_second),
            config: Arc::new(config),
            site: Site::default(),
            outputs: VecDeque::new(),
            now: Now::default(),
            reachability: BTreeMap::new(),
            calls: Calls::default(),
            owners: BTreeMap::new(),
            farewells: BTreeMap::new(),
            homes: BTreeMap::new(),
            legs: Legs::default(),
            timers: TimerTable::new(),
            mail: VecDeque::new(),
            placed: Vec::new(),
            trunks: BTreeMap::new(),
            alarms: BTreeSet::new(),
            draining: false,
            restarts: 0,
            next_half: 0,
        }
    }

    /// A name for a new half on this server.
    pub(crate) fn new_half(&mut self) -> HalfId {
        self.new_half_at(self.config.server)
    }

    /// A name for a new half on any server.
    pub(crate) fn new_half_at(&mut self, home: ServerId) -> HalfId {
        self.next_half += 1;
        HalfId { home, by: self.config.server, number: self.next_half }
    }

    /// Tells another half something: here, or by mail on another server.
    pub(crate) fn send(&mut self, from: HalfId, to: HalfId, message: Message) {
        let envelope = Envelope { from, to, message };
        if to.home == self.config.server {
            self.mail.push_back(envelope);
        } else {
            self.outputs.push_back(Output::Mail { server: to.home, envelope: Box::new(envelope) });
        }
    }

    /// A half takes part in a call no more.
    pub(crate) fn leave(&mut self, call: CallId, half: HalfId) {
        self.calls.leave(call, half);
        self.relieved();
    }

    /// Forgets a call of which nothing is left.
    pub(crate) fn settle(&mut self, call: CallId) {
        self.calls.settle(call);
        self.relieved();
    }

    /// Ten per cent of room end the alarm, so that it does not come and go with each call.
    fn relieved(&mut self) {
        if self.calls.len() * 10 <= self.config.max_calls * 9 {
            self.alarm(AlarmCode::Overload, false);
        }
    }

    /// The longest call that the site permits.
    pub(crate) fn longest_call(&self) -> std::time::Duration {
        match self.site.directory.settings.longest_call_minutes {
            0 => self.config.waits.longest_call,
            minutes => std::time::Duration::from_secs(u64::from(minutes) * 60),
        }
    }

    pub(crate) fn after(&mut self, timer: Timer, wait: std::time::Duration) {
        self.timers.set(timer, self.now.moment + wait);
    }

    /// Opens a leg: the address at which its packets are wanted; none when no port is left or the network has no address of
    /// this family.
    pub(crate) fn open_leg(
        &mut self,
        leg: ConnectionId,
        network: NetworkId,
        family: AddressFamily,
    ) -> Option<SocketAddr> {
        let networks = &self.config.media_networks;
        let address = networks.iter().find(|known| known.network == network)?.advertised(family)?;
        let Some((ports, order)) = self.legs.open(self.now.moment, leg, network, family) else {
            self.alarm(AlarmCode::MediaPortsExhausted, true);
            return None;
        };
        self.outputs.push_back(Output::Media(order));
        Some(SocketAddr::new(address, ports.rtp_port))
    }

    /// Orders something for a leg that is open; otherwise nothing happens.
    pub(crate) fn media(&mut self, leg: ConnectionId, kind: MediaOrderKind) {
        if !self.legs.is_open(leg) {
            return;
        }
        let about = match &kind {
            MediaOrderKind::Open { .. } | MediaOrderKind::Modify(_) | MediaOrderKind::Connect { .. } => Ordered::Path,
            MediaOrderKind::Play { .. } => Ordered::Sound,
            MediaOrderKind::Close => Ordered::Close,
            _ => Ordered::Detail,
        };
        let order = self.legs.order(leg, about, kind);
        self.outputs.push_back(Output::Media(order));
    }

    /// Closes a leg, if it is open. Its ports go back with its last word, for which the wait is bounded.
    pub(crate) fn close_leg(&mut self, leg: ConnectionId) {
        if let Some(order) = self.legs.close(leg) {
            self.outputs.push_back(Output::Media(order));
            self.after(Timer::LegClose(leg), self.config.waits.leg_close);
        }
    }

    /// Tells the beginning or the end of an alarm, once.
    pub(crate) fn alarm(&mut self, code: AlarmCode, active: bool) {
        let changed = if active { self.alarms.insert(code) } else { self.alarms.remove(&code) };
        if changed {
            self.outputs.push_back(Output::Alarm { code, active });
        }
    }

    /// What becomes of a dialled number now: the decision that every call, redirection and transfer gets.
    pub(crate) fn decide(&self, rights: Rights, number: &Number, dialling: Dialling, hops: u8) -> Decision {
        self.decide_at(
            self.site_time(self.now.utc),
            (rights, number, dialling, hops),
            self.admission(self.calls.len()),
            &mut (),
        )
    }

    /// The same at any time and for as many calls as there would be, with a listener.
    pub(crate) fn decide_at<L: Listener>(
        &self,
        time: LocalTime,
        (rights, number, dialling, hops): (Rights, &Number, Dialling, u8),
        admission: Admission,
        listener: &mut L,
    ) -> Decision {
        let question = Question { rights, number, dialling, time, hops, admission };
        self.site.plan.decide(&question, listener)
    }

    /// Whether the exchange takes a call, with which there are `calls`.
    pub(crate) fn admission(&self, calls: usize) -> Admission {
        if self.draining {
            Admission::Draining
        } else if self.config.max_calls != 0 && calls > self.config.max_calls {
            Admission::Overloaded
        } else {
            Admission::Open
        }
    }

    /// The time of the week at the site.
    pub(crate) fn site_time(&self, utc: Utc) -> LocalTime {
        LocalTime::at(utc, self.config.offsets.at(utc))
    }

    /// Whether a trunk can take another call now.
    pub(crate) fn lines(&self, trunk: TrunkId) -> Lines {
        self.lines_beside(trunk, 0)
    }

    /// The same when so many more lines were taken.
    pub(crate) fn lines_beside(&self, trunk: TrunkId, more: u32) -> Lines {
        let taken = self.trunks.get(&trunk).copied().unwrap_or(0).saturating_add(more);
        Lines::of(self.site.directory.trunks.get(&trunk), taken, &self.config.media_networks)
    }

    /// The calls in which a device takes part, made and received.
    pub(crate) fn calls_of(&self, device: DeviceId) -> usize {
        self.calls.of_device(device)
    }

    /// What a further call would find at the extension of a device.
    pub(crate) fn presence(&self, device: DeviceId) -> Presence {
        let telephones = self.reachability.get(&device).map_or(0, Vec::len);
        let extension = self.site.extension(device);
        extension.map_or(Presence::Absent, |extension| Presence::of(extension, telephones, self.calls_of(device)))
    }

    /// Takes one of a trunk's lines; false when it can take no call or, but for an emergency, is full.
    pub(crate) fn take_trunk(&mut self, trunk: TrunkId, emergency: bool) -> bool {
        if !self.lines(trunk).take(emergency) {
            return false;
        }
        *self.trunks.entry(trunk).or_default() += 1;
        true
    }

    /// Gives a trunk's line back.
    pub(crate) fn leave_trunk(&mut self, trunk: TrunkId) {
        if let Some(used) = self.trunks.get_mut(&trunk) {
            *used = used.saturating_sub(1);
            if *used == 0 {
                self.trunks.remove(&trunk);
            }
        }
    }
}
