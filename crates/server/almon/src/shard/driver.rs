//! The call thread itself: what the reactor drives.

use super::flows::{Flows, LocalSocket, stream_kind, transport_of};
use super::ladder::Ladder;
use super::request::{Figures, Request};
use crate::journal::gate::Gate;
use crate::switchboard::{Effect, Input, Switchboard};
use bytes::Bytes;
use ground::{AlarmCode, FlowId, Machine, Moment, Now};
use media_plan::{MediaEvent, MediaFault, MediaOrder, MediaOrderKind};
use net::{Datagram, DatagramSocket, Driver, StreamEvent, StreamHandle, StreamOrder};
use sip::agent::{self, SendId};
use sip::framing::{Datagram as Framed, StreamEvent as FramedStream, read_datagram};
use sip::transaction::{Destination, Flow};
use sip::{Limits, Message, ParseError, Transport};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::Receiver;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long draining waits after the last call for the last words of connections: a telephone that is gone never says one, and its
/// INVITE would be repeated for half a minute (RFC 3261 section 17.1.1.2, timer B).
const FAREWELLS: Duration = Duration::from_secs(2);
/// What waits at the gate is looked at so often.
const GATE_PAUSE: Duration = Duration::from_millis(1);

/// Who is told when the last call has ended, and how long that is waited for.
pub(super) struct Draining {
    until: Moment,
    tell: Option<oneshot::Sender<()>>,
}

/// What the call thread hands to other threads. None of these waits.
pub trait Outside: Send {
    /// Orders media; false when the engine's queue is full.
    fn media(&mut self, order: MediaOrder) -> bool;
    /// Keeps registrations and records.
    fn store(&mut self, item: Keep);
    /// An alarm of the exchange begins or ends.
    fn alarm(&mut self, code: AlarmCode, active: bool);
}

/// Something for the store.
#[derive(Clone, Debug)]
pub enum Keep {
    /// A registration.
    Registration(directory::store::RegistrationWrite),
    /// A call segment that began, or of which more is known.
    Opened(directory::CallRecord),
    /// A call segment that ended.
    Closed(directory::CallRecord),
}

/// The call thread.
pub struct Shard {
    pub(super) board: Switchboard,
    pub(super) ladder: Ladder,
    pub(super) flows: Flows,
    pub(super) figures: Figures,
    pub(super) alarms: BTreeSet<AlarmCode>,
    pub(super) draining: Option<Draining>,
    pub(super) stopped: bool,
    sockets: Vec<LocalSocket>,
    streams: StreamHandle,
    requests: Receiver<Request>,
    media_events: Receiver<MediaEvent>,
    outside: Box<dyn Outside>,
    gate: Gate,
    /// When the gate was looked at last.
    looked: Moment,
    pulse: Arc<AtomicU64>,
    datagrams: Vec<(usize, SocketAddr, Bytes)>,
    limits: Limits,
    pub(super) drain_bound: Duration,
}

/// What a call thread is made of.
pub struct Parts {
    /// The pure rooms.
    pub board: Switchboard,
    /// All local sockets; the first ones are the datagram sockets, in the reactor's order.
    pub sockets: Vec<LocalSocket>,
    /// Stream connections.
    pub streams: StreamHandle,
    /// Requests of other threads.
    pub requests: Receiver<Request>,
    /// What the media engine tells.
    pub media_events: Receiver<MediaEvent>,
    /// Other threads.
    pub outside: Box<dyn Outside>,
    /// What effects pass on their way out.
    pub gate: Gate,
    /// Counts the turns of the loop: as long as it counts, the thread answers.
    pub pulse: Arc<AtomicU64>,
    /// Bytes of recent messages to keep.
    pub trace_bytes: usize,
    /// How long draining waits for the last call.
    pub drain_bound: Duration,
}

impl Shard {
    /// A call thread.
    pub fn new(parts: Parts) -> Self {
        Shard {
            board: parts.board,
            ladder: Ladder::new(parts.trace_bytes),
            flows: Flows::default(),
            figures: Figures::default(),
            alarms: BTreeSet::new(),
            draining: None,
            stopped: false,
            sockets: parts.sockets,
            streams: parts.streams,
            requests: parts.requests,
            media_events: parts.media_events,
            outside: parts.outside,
            gate: parts.gate,
            looked: Moment::ZERO,
            pulse: parts.pulse,
            datagrams: Vec::new(),
            limits: Limits::default(),
            drain_bound: parts.drain_bound,
        }
    }

    /// Carries out what was ordered before the thread began: media and dialogs that go on.
    pub fn begin(&mut self, now: Now) {
        self.effects(now);
    }

    fn sip(&mut self, now: Now, input: agent::Input) {
        self.board.handle(now, Input::Sip(line_sip::Input::Wire(input)));
    }

    /// Begins to drain; whoever asked is told at the end.
    pub(super) fn drain(&mut self, now: Now, tell: oneshot::Sender<()>) {
        tracing::info!(calls = self.board.live().calls(), "no new calls are taken; waiting for the last one");
        self.board.handle(now, Input::Drain);
        self.draining = Some(Draining { until: now.moment + self.drain_bound, tell: Some(tell) });
        self.end_of_drain(now);
    }

    fn end_of_drain(&mut self, now: Now) {
        let Some(draining) = &mut self.draining else { return };
        if self.board.live().calls() == 0 {
            draining.until = draining.until.min(now.moment + FAREWELLS);
        }
        if (self.board.live().is_empty() || draining.until <= now.moment)
            && let Some(tell) = draining.tell.take()
        {
            // Whoever asked may have gone.
            let _ = tell.send(());
        }
    }

    fn datagram(&mut self, now: Now, socket: usize, datagram: Datagram) {
        let Some(local) = self.sockets.get(socket).copied() else { return };
        let flow = Flow {
            transport: local.transport,
            listener: local.index,
            local: Some(local.local),
            peer: datagram.from,
            connection: None,
            network: local.network,
        };
        match read_datagram(datagram.bytes, &self.limits) {
            Framed::Message(message) => {
                self.figures.messages_in += 1;
                self.sip(now, agent::Input::Received { flow, message });
            }
            // RFC 5626 section 3.5.1 lets only streams ping by line ends; datagrams that do want no answer.
            Framed::KeepAlive => {}
            Framed::Stun(_) => self.figures.unreadable += 1,
            Framed::Refused { error, salvaged } => self.unreadable(now, flow, error, salvaged),
        }
    }

    fn unreadable(&mut self, now: Now, flow: Flow, error: ParseError, salvaged: Option<Message>) {
        self.figures.unreadable += 1;
        tracing::debug!(peer = %flow.peer, %error, "a message that cannot be read");
        self.sip(now, agent::Input::Malformed { flow, error, salvaged });
    }

    fn stream_event(&mut self, now: Now, event: StreamEvent) {
        match event {
            StreamEvent::Accepted { flow, listener, kind, local, peer } => {
                let transport = transport_of(kind);
                let of_kind = self.sockets.iter().filter(|socket| socket.transport != Transport::Udp);
                let Some(socket) = of_kind.into_iter().nth(listener).copied() else { return };
                let (index, network) = (socket.index, socket.network);
                let local = Some(local);
                let sip = Flow { transport, listener: index, local, peer, connection: Some(flow), network };
                self.flows.open(flow, sip, false);
            }
            StreamEvent::Connected { flow, local } => {
                if let Some(connection) = self.flows.get_mut(flow) {
                    connection.flow.local = Some(local);
                    connection.unconfirmed = Vec::new();
                }
            }
            StreamEvent::Received { flow, bytes } => self.stream_bytes(now, flow, &bytes),
            StreamEvent::Closed { flow } => self.stream_closed(now, flow),
        }
    }

    fn stream_bytes(&mut self, now: Now, id: FlowId, bytes: &[u8]) {
        if let Some(connection) = self.flows.get_mut(id) {
            connection.framer.push(bytes);
        }
        // Handling a message may close the flow, so it is looked up for each.
        while let Some((flow, event)) =
            self.flows.get_mut(id).and_then(|connection| Some((connection.flow, connection.framer.poll()?)))
        {
            match event {
                FramedStream::Message(message) => {
                    self.figures.messages_in += 1;
                    self.sip(now, agent::Input::Received { flow, message });
                }
                FramedStream::Ping => self.sip(now, agent::Input::Ping { flow }),
                FramedStream::Pong => {}
                FramedStream::Refused { error, salvaged } => {
                    self.unreadable(now, flow, error, salvaged);
                    self.effects(now);
                    self.close_stream(now, id);
                }
            }
        }
        self.flows.watch(now.moment, id);
    }

    fn close_stream(&mut self, now: Now, id: FlowId) {
        self.streams.order(StreamOrder::Close { flow: id });
        self.stream_closed(now, id);
    }

    fn stream_closed(&mut self, now: Now, id: FlowId) {
        let Some(gone) = self.flows.close(id) else { return };
        self.sip(now, agent::Input::FlowClosed { connection: id });
        for (to, send) in gone.unconfirmed {
            self.sip(now, agent::Input::TransportFailed { to, send });
        }
    }

    /// Carries out what the switchboard wants, as far as the gate lets it pass, until it wants nothing more.
    pub(super) fn effects(&mut self, now: Now) {
        self.looked = now.moment;
        while let Some(effect) = self.board.poll() {
            let position = self.board.position();
            let mut passed = self.gate.pass(position, effect);
            while let Some(effect) = passed {
                self.carry_out(now, effect);
                passed = self.gate.released();
            }
        }
        while let Some(effect) = self.gate.released() {
            self.carry_out(now, effect);
        }
    }

    fn carry_out(&mut self, now: Now, effect: Effect) {
        match effect {
            Effect::Send { to, bytes, send } => self.send(now, to, bytes, send),
            Effect::Media(order) => {
                let lost = not_taken(&order);
                // The engine's queue holds thousands: full means that it hangs.
                if !self.outside.media(order) {
                    tracing::error!("the media engine does not take orders");
                    if let Some(event) = lost {
                        self.board.handle(now, Input::Media(event));
                    }
                }
            }
            Effect::Registration(write) => self.outside.store(Keep::Registration(write)),
            Effect::RecordOpened(record) => self.outside.store(Keep::Opened(record)),
            Effect::RecordClosed(record) => self.closed(now, record),
            Effect::Message { trace, call } => {
                self.ladder.message(now, trace.direction, trace.peer.peer(), trace.bytes, call);
            }
            Effect::Event(event) => self.ladder.event(now, event),
            Effect::Refused(note) => {
                self.figures.calls_refused += 1;
                tracing::info!(
                    call = %note.call, caller = %note.caller, dialled = %note.dialled, reason = note.reason.code(),
                    "call refused: {}", note.reason.text()
                );
            }
            Effect::Unknown { flow, reason } => {
                tracing::info!(peer = %flow.peer, reason = reason.code(), "call refused: {}", reason.text());
            }
            Effect::Alarm { code, active } => self.alarm(code, active),
        }
    }

    /// Journals the whole state when that is due: between two turns of the loop, when everything has left.
    fn snapshot(&mut self, now: Now) {
        if self.board.next_snapshot().is_some_and(|at| at <= now.moment) {
            self.board.snapshot(now);
        }
    }

    fn closed(&mut self, now: Now, record: directory::CallRecord) {
        self.figures.calls_in_all += 1;
        self.outside.store(Keep::Closed(record));
        self.end_of_drain(now);
    }

    fn alarm(&mut self, code: AlarmCode, active: bool) {
        let changed = if active { self.alarms.insert(code) } else { self.alarms.remove(&code) };
        if changed {
            self.outside.alarm(code, active);
        }
    }

    fn send(&mut self, now: Now, to: Destination, bytes: Bytes, send: SendId) {
        self.figures.messages_out += 1;
        let sent = match (to, stream_kind(to.transport())) {
            (Destination::Flow(Flow { connection: Some(id), .. }), _) => self.send_on(id, to, bytes, send),
            (Destination::Address { transport, network, address }, Some(_)) => {
                match self.flows.to(transport, network, address).or_else(|| self.connect(transport, network, address)) {
                    Some(id) => self.send_on(id, to, bytes, send),
                    None => false,
                }
            }
            (_, None) => self.send_datagram(to, bytes),
            (Destination::Flow(_), Some(_)) => false,
        };
        if !sent && send != SendId::UNTRACKED {
            self.sip(now, agent::Input::TransportFailed { to, send });
        }
    }

    fn send_on(&mut self, id: FlowId, to: Destination, bytes: Bytes, send: SendId) -> bool {
        let Some(connection) = self.flows.get_mut(id) else { return false };
        // A connection of ours that has not been made yet has no port of its own.
        if connection.flow.local.is_none() {
            connection.note_unconfirmed(to, send);
        }
        self.streams.order(StreamOrder::Send { flow: id, bytes })
    }

    fn connect(&mut self, transport: Transport, network: ground::NetworkId, to: SocketAddr) -> Option<FlowId> {
        let kind = stream_kind(transport)?;
        let fits = |socket: &&LocalSocket| socket.network == network && socket.local.is_ipv4() == to.is_ipv4();
        let exact = self.sockets.iter().filter(fits).find(|socket| socket.transport == transport);
        let socket = exact.or_else(|| self.sockets.iter().find(fits)).copied()?;
        let flow = self.streams.new_flow();
        let from = socket.local.ip();
        if !self.streams.order(StreamOrder::Connect { flow, kind, from, to, server_name: None }) {
            return None;
        }
        let (listener, peer) = (socket.index, to);
        self.flows.open(flow, Flow { transport, listener, local: None, peer, connection: Some(flow), network }, true);
        Some(flow)
    }

    fn send_datagram(&mut self, to: Destination, bytes: Bytes) -> bool {
        let udp = |socket: &LocalSocket| socket.transport == Transport::Udp;
        let position = match to {
            Destination::Flow(flow) => {
                self.sockets.iter().position(|socket| udp(socket) && socket.index == flow.listener)
            }
            Destination::Address { network, address, .. } => self.sockets.iter().position(|socket| {
                udp(socket) && socket.network == network && socket.local.is_ipv4() == address.is_ipv4()
            }),
        };
        match position {
            Some(socket) => self.datagrams.push((socket, to.peer(), bytes)),
            None => return false,
        }
        true
    }
}

/// What the exchange is told of an order that the engine did not take: its call ends with a reason instead of going on without
/// sound. An order to close is not told: the engine may still hold the ports, so they stay out until the bound of the close.
pub fn not_taken(order: &MediaOrder) -> Option<MediaEvent> {
    let result = Err(MediaFault::PortsUnavailable);
    (order.kind != MediaOrderKind::Close).then_some(MediaEvent::Outcome { order: order.id, leg: order.leg, result })
}

impl Driver for Shard {
    fn datagrams(&mut self, now: Now, socket: usize, arrived: &mut Vec<Datagram>) {
        for datagram in arrived.drain(..) {
            self.datagram(now, socket, datagram);
            self.effects(now);
        }
    }

    fn woken(&mut self, now: Now) {
        while let Ok(request) = self.requests.try_recv() {
            self.request(now, request);
            self.effects(now);
        }
        while let Ok(event) = self.media_events.try_recv() {
            self.board.handle(now, Input::Media(event));
            self.effects(now);
        }
        while let Some(event) = self.streams.poll() {
            self.stream_event(now, event);
            self.effects(now);
        }
    }

    fn timeout(&mut self, now: Now) {
        self.board.handle_timeout(now);
        self.effects(now);
        while let Some(id) = self.flows.overdue(now.moment) {
            tracing::info!(flow = %id, "a connection was closed: its message did not end in time");
            self.close_stream(now, id);
            self.effects(now);
        }
        self.end_of_drain(now);
        self.snapshot(now);
    }

    fn next_timeout(&self) -> Option<Moment> {
        let draining = self.draining.as_ref().filter(|draining| draining.tell.is_some()).map(|draining| draining.until);
        // What waits at the gate is looked at soon again.
        let gate = (self.gate.waiting() > 0).then_some(self.looked + GATE_PAUSE);
        let machine = [self.board.next_timeout(), self.board.next_snapshot(), self.flows.next_deadline()];
        machine.into_iter().chain([draining, gate]).flatten().min()
    }

    fn transmit(&mut self, sockets: &mut [DatagramSocket]) {
        self.pulse.fetch_add(1, Relaxed);
        for (socket, to, bytes) in self.datagrams.drain(..) {
            if let Some(socket) = sockets.get_mut(socket) {
                socket.queue(to, bytes);
            }
        }
        self.figures.system_calls = sockets.iter().map(DatagramSocket::system_calls).sum();
    }

    fn finished(&self) -> bool {
        self.stopped
    }
}
