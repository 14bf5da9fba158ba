//! Two exchanges joined by a byte pipe, with one engine: what lines see of it.

use super::engine::Engine;
use super::{NETWORK, config, location, site, talk};
use directory::CallRecord;
use exchange::{
    CallingParty, Envelope, Exchange, ExchangeConfig, Input, LineKind, Order, Output, Reachability, Report, Seizure,
    ServerId, Terminal, TerminalId,
};
use ground::{Allocator, ConnectionId, DeviceId, Identifiers, Machine, Now, Number};
use media_plan::MediaEvent;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// The site on two servers. Connections are named by the order in which they came into being.
pub struct Two {
    exchanges: Vec<Exchange>,
    homes: [u16; 4],
    pub engine: Engine,
    now: Now,
    /// The connections in the order of their beginning, and on which server each is.
    pub roles: Vec<(ConnectionId, usize)>,
    /// What each was ordered, without addresses.
    pub seen: BTreeMap<usize, Vec<String>>,
    pub records: Vec<CallRecord>,
    pipe: VecDeque<(usize, Vec<u8>)>,
    /// Mail waits in the pipe until it is asked for.
    pub slow: bool,
    /// The keys of all records that were opened.
    pub opened: std::collections::BTreeSet<directory::RecordKey>,
    /// How many letters went over the pipe.
    pub letters: usize,
    ids: Identifiers,
}

impl Two {
    /// The standard site, with trunks that transfer themselves; `homes` says on which server the telephones of 1001 to 1004 are served.
    pub fn new(homes: [u16; 4]) -> Two {
        let mut directory = site::site();
        for trunk in directory.trunks.values_mut() {
            (trunk.transfers_itself, trunk.max_calls) = (true, None);
        }
        let (directory, engine) = (Arc::new(directory), Engine::new(NETWORK, 24));
        let exchange = |server: u16| {
            let start_second = 1_800_000_000 + u32::from(server);
            Exchange::new(ExchangeConfig { server: ServerId(server), start_second, ..config() })
        };
        let mut two = Two {
            exchanges: vec![exchange(0), exchange(1)],
            homes,
            now: Now::default(),
            roles: Vec::new(),
            seen: BTreeMap::new(),
            records: Vec::new(),
            pipe: VecDeque::new(),
            slow: false,
            opened: Default::default(),
            letters: 0,
            ids: Identifiers::new(Allocator::SipLine, 1),
            engine,
        };
        for server in 0..2 {
            two.give(server, Input::Directory(directory.clone()));
            let pairs = two.engine.pairs[server * 12..][..12].to_vec();
            two.give(server, Input::Media(MediaEvent::PortsBound { pairs }));
            for (device, home) in (1..).zip(homes) {
                let device = DeviceId(device);
                two.give(server, Input::Home { device, server: ServerId(home) });
                if usize::from(home) == server {
                    let id = TerminalId(u64::from(device.0) * 10);
                    let terminals = vec![Terminal { id, line: LineKind::Sip, location: location() }];
                    two.give(server, Input::Reachability(Reachability { device, terminals }));
                }
            }
        }
        two
    }

    fn give(&mut self, server: usize, input: Input) {
        self.exchanges[server].handle(self.now, input);
        self.settle();
    }

    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            for server in 0..2 {
                while let Some(output) = self.exchanges[server].poll() {
                    quiet = false;
                    self.take(server, output);
                }
            }
            let delivered = !self.slow && self.deliver();
            if quiet && !delivered {
                return;
            }
        }
    }

    /// The next letter arrives; false when there is none.
    fn deliver(&mut self) -> bool {
        let Some((server, bytes)) = self.pipe.pop_front() else { return false };
        let envelope: Envelope = postcard::from_bytes(&bytes).unwrap();
        self.exchanges[server].handle(self.now, Input::Mail(Box::new(envelope)));
        true
    }

    /// Some letters of a slow pipe arrive.
    pub fn deliver_some(&mut self, count: usize) {
        for _ in 0..count {
            self.deliver();
            self.settle();
        }
    }

    /// The pipe is quick from now on, and what was under way arrives.
    pub fn hurry(&mut self) {
        self.slow = false;
        self.settle();
    }

    fn take(&mut self, server: usize, output: Output) {
        match output {
            Output::Order { connection, order, .. } => {
                let role = self.role(connection).unwrap_or_else(|| {
                    self.roles.push((connection, server));
                    self.roles.len() - 1
                });
                self.seen.entry(role).or_default().push(without_ports(&format!("{order:?}")));
                if let Order::Clear(reason) = order {
                    let report = Report::Cleared(reason);
                    self.exchanges[server].handle(self.now, Input::Report { connection, report });
                }
            }
            Output::Media(order) => {
                for event in self.engine.order(order) {
                    self.exchanges[server].handle(self.now, Input::Media(event));
                }
            }
            Output::RecordOpened(record) => {
                self.opened.insert(record.key);
            }
            Output::RecordClosed(record) => self.records.push(record),
            Output::Mail { server, envelope } => {
                self.letters += 1;
                self.pipe.push_back((usize::from(server.0), postcard::to_allocvec(&envelope).unwrap()));
            }
            _ => {}
        }
    }

    fn role(&self, connection: ConnectionId) -> Option<usize> {
        self.roles.iter().position(|(known, _)| *known == connection)
    }

    /// An extension dials, or takes the place of another connection; its role.
    pub fn dial(&mut self, device: u32, number: &str, replaces: Option<usize>) -> usize {
        let (connection, server) = (self.ids.connection(), usize::from(self.homes[device as usize - 1]));
        self.roles.push((connection, server));
        let role = self.roles.len() - 1;
        let seizure = Seizure {
            line: LineKind::Sip,
            caller: CallingParty::Extension { device: DeviceId(device) },
            dialled: Number::parse(number).unwrap(),
            overlap: false,
            media: Some(talk()),
            location: location(),
            hops: 70,
            replaces: replaces.map(|role| self.roles[role].0),
        };
        self.give(server, Input::Report { connection, report: Report::Seized(Box::new(seizure)) });
        role
    }

    pub fn report(&mut self, role: usize, report: Report) {
        let (connection, server) = self.roles[role];
        self.give(server, Input::Report { connection, report });
    }

    pub fn pass(&mut self, time: Duration) {
        let end = self.now.plus(time);
        while let Some(due) = self.exchanges.iter().filter_map(Machine::next_timeout).min().filter(|d| *d <= end.moment)
        {
            self.now = self.now.plus(due.since(self.now.moment));
            for exchange in &mut self.exchanges {
                exchange.handle_timeout(self.now);
            }
            self.settle();
        }
        self.now = end;
    }

    /// One server is lost: the other hears of it.
    pub fn lose(&mut self, server: usize) {
        self.give(1 - server, Input::ServerLost(ServerId(u16::try_from(server).unwrap())));
    }

    /// Both are relayed to one another.
    pub fn talk_together(&self, one: usize, other: usize) -> bool {
        self.engine.relayed(self.roles[one].0) == Some(self.roles[other].0)
    }

    pub fn connection(&self, role: usize) -> ConnectionId {
        self.roles[role].0
    }

    pub fn tables(&self) -> Vec<exchange::Tables> {
        self.exchanges.iter().map(Exchange::tables).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.exchanges.iter().all(Exchange::is_empty) && self.engine.is_empty()
    }
}

/// The text of an order with all our ports alike.
fn without_ports(text: &str) -> String {
    let mut parts = text.split("198.51.100.1:");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str("us");
        result.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    }
    result
}
