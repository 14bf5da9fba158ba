//! The SIP user agent: any datagrams in any order, with answers to what it sends, orders to referrals, and a restart in between;
//! nothing panics, and every table empties.

use bytes::Bytes;
use ground::{FlowId, Machine, Moment, NetworkId, Now, Utc};
use sip::Transport;
use sip::agent::{
    Accounts, Advertised, Agent, Answer, Command, Config, DefaultPorts, Event, Input, Limits, Network, Output, Refer,
    RequestId, StageState, Trying, Waits,
};
use sip::digest::{A1, Algorithm};
use sip::framing::{Datagram, read_datagram};
use sip::registrar::RegistrarConfig;
use sip::transaction::{Flow, Intervals};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

const NETWORK: NetworkId = NetworkId(1);

struct Nobody;

impl Accounts for Nobody {
    fn a1(&self, _: &str, _: &str, _: Algorithm) -> Option<A1> {
        None
    }
}

/// The messages in `data` stand between bytes 0xff; the first byte of each says how long to wait and over what it comes. Calls
/// that come in are answered by the last digit of their number.
///
/// # Panics
///
/// When the agent panics, or something is left in a table after every wait has passed.
pub fn run(data: &[u8]) {
    let mut agent = Agent::new(config(), Box::new(Nobody));
    let mut now = Now { moment: Moment::from_millis(1000), utc: Utc::from_seconds(1_700_000_000) };
    let mut sessions = Vec::new();
    let mut order = 0;
    for part in data.split(|&byte| byte == 0xff) {
        let (how, text) = part.split_first().map_or((0, part), |(&how, rest)| (how ^ order, rest));
        order = how;
        let flow = flow(how & 1 == 1);
        let input = match read_datagram(Bytes::copy_from_slice(text), &sip::Limits::default()) {
            Datagram::Message(message) => Input::Received { flow, message },
            Datagram::Refused { error, salvaged } => Input::Malformed { flow, error, salvaged },
            _ => Input::Ping { flow },
        };
        agent.handle(now, input);
        hear(&mut agent, now, how, &mut sessions);
        now = now.plus(Duration::from_millis(u64::from(how) * 20));
        agent.handle_timeout(now);
        hear(&mut agent, now, how, &mut sessions);
        if how == 0x7f {
            agent = restarted(&agent, now);
        }
    }
    for session in sessions {
        agent.handle(now, Input::Command(Command::End { session, status: 486, headers: Vec::new() }));
    }
    agent.handle(now, Input::FlowClosed { connection: FlowId(1) });
    let mut turns = 0;
    while let Some(next) = agent.next_timeout() {
        now = now.plus(next.since(now.moment));
        agent.handle_timeout(now);
        while agent.poll().is_some() {}
        turns += 1;
        assert!(turns < 1_000_000, "the timers never end");
    }
    assert!(agent.is_empty(), "{agent:?}");
}

fn hear(agent: &mut Agent, now: Now, how: u8, sessions: &mut Vec<sip::agent::SessionId>) {
    while let Some(output) = agent.poll() {
        let orders = match output {
            Output::Event(Event::Invited(invited)) => {
                sessions.push(invited.session);
                let status = [180, 200, 302, 486][usize::from(how >> 1 & 3)];
                vec![Command::Respond { session: invited.session, answer: Answer::status(status) }]
            }
            Output::Event(Event::Acknowledged { session, .. }) => {
                let (request, refer_to) = (RequestId(1), Some("sip:bell@example.com".into()));
                let refer = Refer { session, request, refer_to, replaces: None, headers: Vec::new() };
                vec![Command::Refer(Box::new(refer)), Command::Update { session, request, headers: Vec::new() }]
            }
            Output::Event(Event::Referred(referred)) => {
                let (session, refer) = (referred.session, referred.refer);
                let tell = |status| Command::NotifyRefer { session, refer, status, done: status >= 200 };
                match how >> 3 & 3 {
                    0 => Vec::new(),
                    1 => vec![Command::RefuseRefer { session, refer, status: 603, headers: Vec::new() }],
                    _ => vec![Command::AcceptRefer { session, refer }, tell(180), tell(200)],
                }
            }
            _ => Vec::new(),
        };
        for order in orders {
            agent.handle(now, Input::Command(order));
        }
    }
}

/// Another process that goes on with the sessions of the first; what it exports is what it was given.
fn restarted(agent: &Agent, now: Now) -> Agent {
    let mut next = Agent::new(config(), Box::new(Nobody));
    for session in agent.sessions() {
        let Some(state) = agent.export(session) else { continue };
        let confirmed = matches!(state.stage, StageState::Confirmed(_));
        assert!(next.import(now, state, None) || !confirmed, "a session was lost");
    }
    next
}

fn flow(stream: bool) -> Flow {
    let (transport, connection) = if stream { (Transport::Tcp, Some(FlowId(1))) } else { (Transport::Udp, None) };
    let peer = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 9), 40_000));
    Flow { transport, listener: 0, local: None, peer, connection, network: NETWORK }
}

fn config() -> Config {
    let advertised = [Transport::Udp, Transport::Tcp].map(|transport| Advertised {
        transport,
        host: "192.0.2.1".into(),
        port: None,
    });
    Config {
        shard: 'F',
        seed: [7; 32],
        start: ground::Utc::default(),
        intervals: Intervals::default(),
        trying: Trying::Immediately,
        limits: Limits::default(),
        waits: Waits::default(),
        default_ports: DefaultPorts { plain: 40_001, secure: 40_002 },
        networks: vec![Network {
            id: NETWORK,
            advertised: advertised.to_vec(),
            realm: "example.com".into(),
            algorithms: std::iter::once(Algorithm::Sha256).collect(),
            challenge: false,
            trunks: Vec::new(),
        }],
        registrar: RegistrarConfig::default(),
        info_types: vec!["application/dtmf-relay".into()],
        trace: true,
    }
}
