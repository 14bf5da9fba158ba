//! One SIP line by itself: messages go in as text, orders as the exchange gives them; what it sends and reports is looked at.

#![allow(dead_code, reason = "each scenario uses its part")]

use directory::store::{RegistrationWrite, StoredRegistration};
use directory::{Directory, Extension, Trunk, TrunkTransport};
use exchange::{OfferTarget, OfferedCall, Order, Party, Reachability, Report, Seizure, TerminalId};
use ground::{ConnectionId, DeviceId, Machine, Moment, NetworkId, Now, Number, Reason, TrunkId, Utc};
use line_sip::{Config, DialogSnapshot, Input, LineSip, ListenerEntry, Output};
use media_plan::{MediaOffer, StreamDescription};
use sip::agent::{self, Advertised, DefaultPorts, Network, Trying};
use sip::digest::Algorithm;
use sip::framing::{Datagram, read_datagram};
use sip::transaction::Flow;
use sip::{Message, Transport};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub const NETWORK: NetworkId = NetworkId(3);
pub const EXCHANGE: &str = "192.0.2.1:5060";
pub const TRUNK: &str = "198.51.100.9:5060";
pub const PHONE: &str = "192.0.2.7:5060";

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// What came out of the line.
pub struct World {
    pub line: LineSip,
    pub site: Arc<Directory>,
    pub now: Now,
    pub sent: Vec<(SocketAddr, String)>,
    pub reports: Vec<(ConnectionId, Report)>,
    pub reachable: Vec<Reachability>,
    pub writes: Vec<RegistrationWrite>,
    pub refused: Vec<Reason>,
    /// What a restart would find.
    pub dialogs: BTreeMap<ConnectionId, DialogSnapshot>,
    pub handed_out: usize,
    /// For each message that was sent, what the line hears when it cannot be delivered.
    pub failed: Vec<Input>,
    starts: u8,
    next: u64,
}

pub fn extension(number: &str, device: u32) -> Extension {
    Extension {
        number: number.parse().unwrap(),
        device: DeviceId(device),
        name: String::new(),
        max_terminals: 2,
        external_calls: false,
        password: Vec::new(),
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
    }
}

pub fn trunk(id: u32, transport: TrunkTransport, at: &str) -> Trunk {
    Trunk {
        name: format!("trunk-{id}"),
        id: TrunkId(id),
        device: DeviceId(100 + id),
        address: address(at),
        transport,
        network: NETWORK,
        sources: Vec::new(),
        transit: false,
        max_calls: None,
        follow_redirects: false,
        may_transfer: false,
        transfers_itself: false,
    }
}

/// Extensions 1001 and 1002, one trunk over UDP and one over TLS.
pub fn site() -> Directory {
    let extensions = [extension("1001", 1), extension("1002", 2)];
    let trunks = [trunk(1, TrunkTransport::Udp, TRUNK), trunk(2, TrunkTransport::Tls, "203.0.113.5:5061")];
    Directory {
        extensions: extensions.map(|one| (one.number, one)).into(),
        trunks: trunks.map(|one| (one.id, one)).into(),
        ..Directory::default()
    }
}

/// A network that challenges nobody but knows its trunks.
pub fn config() -> Config {
    let advertised = |transport| Advertised { transport, host: "192.0.2.1".into(), port: None };
    let network = Network {
        id: NETWORK,
        advertised: [Transport::Udp, Transport::Tcp, Transport::Tls].map(advertised).to_vec(),
        realm: "almon".into(),
        algorithms: [Algorithm::Sha256].into_iter().collect(),
        challenge: false,
        trunks: Vec::new(),
    };
    let agent = agent::Config {
        shard: 'a',
        seed: [7; 32],
        start: ground::Utc::default(),
        intervals: Default::default(),
        trying: Trying::Immediately,
        limits: Default::default(),
        waits: Default::default(),
        default_ports: DefaultPorts { plain: 5060, secure: 5061 },
        networks: vec![network],
        registrar: Default::default(),
        info_types: line_sip::DIGIT_TYPES.iter().map(|kind| (*kind).into()).collect(),
        trace: false,
    };
    let listener = ListenerEntry { index: 0, transport: Transport::Udp, local: address(EXCHANGE) };
    let hosts = vec![(NETWORK, "192.0.2.1".into())];
    Config { agent, listeners: vec![listener], hosts, start_second: 1_700_000_000 }
}

pub fn flow(from: &str) -> Flow {
    Flow {
        transport: Transport::Udp,
        listener: 0,
        local: Some(address(EXCHANGE)),
        peer: address(from),
        connection: None,
        network: NETWORK,
    }
}

pub fn sdp(port: u16, formats: &str, extra: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio {port} RTP/AVP {formats}\r\n{extra}"
    )
}

pub fn streams(text: &str) -> Vec<StreamDescription> {
    line_sip::read_description(text.as_bytes()).unwrap()
}

/// A request as a peer writes it.
pub fn request(method: &str, uri: &str, from: &str, call: &str, cseq: u32, more: &str, body: &str) -> String {
    let kind = if body.is_empty() || more.contains("Content-Type") { "" } else { "Content-Type: application/sdp\r\n" };
    let to = if more.contains("To:") { String::new() } else { format!("To: <{uri}>\r\n") };
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{call}{cseq}{method};rport\r\n\
         From: <sip:+15550100@{from}>;tag=f{call}\r\n{to}Call-ID: {call}\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:gray@{from}>\r\n{more}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A response to a request of the line.
pub fn response(request: &str, status: &str, tag: &str, body: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().skip(1).take_while(|line| !line.is_empty()) {
        match line.split(':').next().unwrap_or_default() {
            "Via" | "From" | "Call-ID" | "CSeq" => text.push_str(&format!("{line}\r\n")),
            "To" if line.contains(";tag=") || tag.is_empty() => text.push_str(&format!("{line}\r\n")),
            "To" => text.push_str(&format!("{line};tag={tag}\r\n")),
            _ => {}
        }
    }
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    text.push_str(&format!("Contact: <sip:{TRUNK}>\r\n{kind}Content-Length: {}\r\n\r\n{body}", body.len()));
    text
}

/// A request of the called side inside the dialog of our INVITE; its tag is `tag`.
pub fn inside(invite: &str, tag: &str, method: &str, cseq: u32, more: &str, body: &str) -> String {
    let value = |name| header(invite, name).unwrap();
    let target = value("Contact").trim_matches(['<', '>']);
    let peer = invite_peer(invite);
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {peer};branch=z9hG4bK{tag}{cseq}{method};rport\r\nMax-Forwards: 70\r\n\
         From: {};tag={tag}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{peer}>\r\n\
         {more}{kind}Content-Length: {}\r\n\r\n{body}",
        value("To"),
        value("From"),
        value("Call-ID"),
        body.len()
    )
}

fn invite_peer(invite: &str) -> &'static str {
    if invite.starts_with("INVITE sip:4711@198.51.100.9") { TRUNK } else { PHONE }
}

/// The Replaces value that a called side writes for the dialog of our INVITE, escaped for a URI.
pub fn replaces(invite: &str, tag: &str) -> String {
    let ours = header(invite, "From").unwrap().split(";tag=").nth(1).unwrap();
    let call = header(invite, "Call-ID").unwrap().replace('@', "%40");
    format!("Replaces={call}%3Bto-tag%3D{ours}%3Bfrom-tag%3D{tag}")
}

impl World {
    pub fn new() -> World {
        World::over_site(site())
    }

    pub fn over_site(site: Directory) -> World {
        let now = Now { moment: Moment::from_millis(1000), utc: Utc::from_seconds(1_700_000_000) };
        let site = Arc::new(site);
        World {
            line: LineSip::new(config(), site.clone()),
            site,
            now,
            sent: Vec::new(),
            reports: Vec::new(),
            reachable: Vec::new(),
            writes: Vec::new(),
            refused: Vec::new(),
            dialogs: BTreeMap::new(),
            handed_out: 0,
            failed: Vec::new(),
            starts: 0,
            next: 0,
        }
    }

    pub fn input(&mut self, input: Input) {
        self.line.handle(self.now, input);
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(output) = self.line.poll() {
            match output {
                Output::Send { to, bytes, send } => {
                    self.failed.push(Input::Wire(agent::Input::TransportFailed { to, send }));
                    self.sent.push((to.peer(), String::from_utf8_lossy(&bytes).into_owned()));
                }
                Output::Report { connection, report } => self.reports.push((connection, report)),
                Output::Reachability(known) => self.reachable.push(known),
                Output::Registration(write) => self.writes.push(write),
                Output::Refused { reason, .. } => self.refused.push(reason),
                Output::Dialog(dialog) => {
                    self.handed_out += 1;
                    self.dialogs.insert(dialog.connection(), *dialog);
                }
                Output::DialogGone(connection) => {
                    assert!(self.dialogs.remove(&connection).is_some(), "{connection}: it was handed out before");
                }
                Output::Trace { .. } => {}
            }
        }
    }

    pub fn receive(&mut self, from: &str, text: &str) {
        self.receive_on(flow(from), text);
    }

    pub fn receive_on(&mut self, flow: Flow, text: &str) {
        let framed = read_datagram(text.to_owned().into_bytes().into(), &sip::Limits::default());
        let Datagram::Message(message) = framed else { panic!("{text}") };
        self.input(Input::Wire(agent::Input::Received { flow, message }));
    }

    pub fn order(&mut self, connection: ConnectionId, order: Order) {
        self.input(Input::Order { connection, order });
    }

    pub fn pass(&mut self, seconds: u64) {
        let end = self.now.plus(Duration::from_secs(seconds));
        while let Some(due) = self.line.next_timeout().filter(|due| *due <= end.moment) {
            self.now = self.now.plus(due.since(self.now.moment));
            self.line.handle_timeout(self.now);
            self.collect();
        }
        self.now = end;
    }

    /// The reports since the last look.
    pub fn reported(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports).into_iter().map(|(_, report)| report).collect()
    }

    /// The messages sent since the last look.
    pub fn wire(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent).into_iter().map(|(_, text)| text).collect()
    }

    /// The one message of a kind among those sent since the last look.
    pub fn sent(&mut self, start: &str) -> String {
        let sent = self.wire();
        let mut fitting = sent.iter().filter(|text| text.starts_with(start));
        let found = fitting.next().unwrap_or_else(|| panic!("{start} is not in {sent:#?}")).clone();
        assert!(fitting.next().is_none(), "one {start}: {sent:#?}");
        found
    }

    /// A call comes in over the trunk.
    pub fn arrive(
        &mut self,
        number: &str,
        more: &str,
        body: &str,
    ) -> (ConnectionId, Result<Seizure, (Seizure, Reason)>) {
        self.next += 1;
        let call = format!("in{}", self.next);
        let uri = format!("sip:{number}@192.0.2.1");
        self.receive(TRUNK, &request("INVITE", &uri, TRUNK, &call, 1, more, body));
        match self.reports.pop() {
            Some((connection, Report::Seized(seizure))) => (connection, Ok(*seizure)),
            Some((connection, Report::Unacceptable(seizure, reason))) => (connection, Err((*seizure, reason))),
            other => panic!("{other:?}"),
        }
    }

    /// Offers a call to the trunk over UDP; its INVITE.
    pub fn offer(&mut self, media: Option<&str>) -> (ConnectionId, String) {
        let connection = self.offer_to(OfferTarget::Trunk(TrunkId(1)), Party::default(), media);
        (connection, self.sent("INVITE "))
    }

    pub fn offer_to(&mut self, target: OfferTarget, caller: Party, media: Option<&str>) -> ConnectionId {
        self.next += 1;
        let connection = ConnectionId(self.next);
        let media = media.map(|text| MediaOffer { streams: streams(text) });
        let called = Number::parse("4711").unwrap();
        let call = OfferedCall {
            target,
            caller,
            called,
            media,
            emergency: false,
            hops: 41,
            waiting: false,
            referred_by: None,
        };
        self.order(connection, Order::Offer(Box::new(call)));
        connection
    }

    /// A call is offered to the trunk or to a telephone and answered, with these lines in the 200; the connection and our INVITE.
    pub fn talk(&mut self, target: OfferTarget, caller: Party, tag: &str, lines: &str) -> (ConnectionId, String) {
        let at = if matches!(target, OfferTarget::Trunk(_)) { TRUNK } else { PHONE };
        let connection = self.offer_to(target, caller, Some(&sdp(20_000, "8", "")));
        let invite = self.sent("INVITE ");
        let ok = response(&invite, "200 OK", tag, &sdp(4000, "8", "")).replace(TRUNK, at);
        self.receive(at, &ok.replace("Contact:", &format!("{lines}Contact:")));
        self.sent("ACK ");
        let reported = self.reported();
        assert!(matches!(reported.as_slice(), [Report::Answered { .. }]), "{reported:?}");
        (connection, invite)
    }

    /// A telephone of 1001 is called and answers.
    pub fn talk_to_telephone(&mut self, tag: &str, lines: &str) -> (ConnectionId, String) {
        let known = self.reachable.last().and_then(|known| known.terminals.first()).map(|terminal| terminal.id);
        let terminal = known.or_else(|| self.register("sip:1001@192.0.2.7", 3600)).unwrap();
        self.wire();
        self.talk(OfferTarget::Terminal { device: DeviceId(1), terminal }, Party::default(), tag, lines)
    }

    /// The telephone hangs up.
    pub fn telephone_hangs_up(&mut self, invite: &str, tag: &str) {
        self.receive(PHONE, &inside(invite, tag, "BYE", 900, "", ""));
        self.wire();
        let reported = self.reported();
        assert!(matches!(reported.last(), Some(Report::Cleared(Reason::NormalClearing))), "{reported:?}");
    }

    /// The server dies and another one goes on with the registrations and what was handed out last.
    pub fn restart(&mut self) {
        let stored: Vec<StoredRegistration> = self
            .writes
            .iter()
            .filter_map(|write| match write {
                RegistrationWrite::Save(stored) => Some(stored.clone()),
                RegistrationWrite::Remove { .. } => None,
            })
            .collect();
        let dialogs: Vec<DialogSnapshot> = self.dialogs.values().cloned().collect();
        let written = postcard::to_allocvec(&dialogs).unwrap();
        let mut config = config();
        self.starts += 1;
        config.start_second += u32::from(self.starts);
        config.agent.start = Utc::from_seconds(1_700_000_000 + i64::from(self.starts));
        config.agent.seed = [7 + self.starts; 32];
        self.line = LineSip::new(config, self.site.clone());
        self.now = self.now.plus(Duration::from_secs(1));
        self.input(Input::Restore(stored));
        self.input(Input::RestoreDialogs(postcard::from_bytes(&written).unwrap()));
    }

    /// A telephone of 1001 registers; its terminal.
    pub fn register(&mut self, contact: &str, expires: u32) -> Option<TerminalId> {
        self.next += 1;
        let text = format!(
            "REGISTER sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {PHONE};branch=z9hG4bKr{0};rport\r\n\
             From: <sip:1001@192.0.2.1>;tag=r\r\nTo: <sip:1001@192.0.2.1>\r\nCall-ID: r\r\nCSeq: {0} REGISTER\r\n\
             Contact: <{contact}>;expires={expires}\r\nContent-Length: 0\r\n\r\n",
            self.next
        );
        self.receive(PHONE, &text);
        self.reachable.last().and_then(|known| known.terminals.first()).map(|terminal| terminal.id)
    }

    pub fn restore(&mut self, stored: Vec<StoredRegistration>) {
        self.input(Input::Restore(stored));
    }

    /// Lets every wait pass; nothing but registrations is left.
    pub fn over(&mut self) {
        self.pass(4000);
        assert!(self.line.is_idle(), "{:?} {:?}", self.line.tables(), self.line.agent());
        assert_eq!(self.line.agent().tables().sessions, 0);
        assert!(self.dialogs.is_empty(), "{:?}", self.dialogs);
    }
}

/// The value of a header in a message.
pub fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The body of a message.
pub fn body(text: &str) -> &str {
    text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

pub fn parsed(text: &str) -> Message {
    Message::parse_datagram(text.to_owned().into_bytes().into()).unwrap()
}
