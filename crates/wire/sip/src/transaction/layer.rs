//! The transaction layer: matches messages to machines and does what the machines order (RFC 3261 sections 17.1.3 and 17.2.3).

mod resume;

use super::action::{Action, Actions};
use super::client::{Client, ClientMachine};
use super::flow::Destination;
use super::key::RequestHead;
use super::server::{Server, ServerMachine};
use super::{Intervals, InviteClient, InviteServer, NonInviteClient, NonInviteServer, Timer, TransactionId};
use super::{InviteClientState, derived};
use crate::dialog::ExtraHeader;
use crate::message::Transport;
use bytes::Bytes;
use ground::{Moment, Table, TimerTable};
use std::collections::VecDeque;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

/// A request to be sent in a transaction.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// The method.
    pub method: &'a str,
    /// The branch in its Via.
    pub branch: &'a str,
    /// The request.
    pub bytes: Bytes,
    /// Where it goes.
    pub to: Destination,
    /// The same request written for a datagram transport, should the stream fail (RFC 3261 section 18.1.1).
    pub fallback: Option<(Destination, Bytes)>,
}

/// What a received request turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestMatch {
    /// A new request; answer it in this transaction.
    New(TransactionId),
    /// A new CANCEL and the INVITE transaction that it means (RFC 3261 section 9.2).
    Cancel {
        /// The CANCEL's own transaction.
        cancel: TransactionId,
        /// The INVITE's transaction.
        invite: TransactionId,
    },
    /// A CANCEL of nothing that is known: 481 without state (RFC 3261 section 9.2).
    StrayCancel,
    /// A repeat, or the ACK of a failure: dealt with.
    Absorbed,
    /// An ACK that belongs to no failure: that of a 2xx, for the dialog.
    Ack,
    /// The same request came on another way before: 482 without state (RFC 3261 section 8.2.2.2).
    Merged,
    /// The table is full: 503 without state.
    Full,
}

/// A response that belongs to a request of ours and is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseMatch {
    /// The transaction.
    pub transaction: TransactionId,
}

/// What the layer brings forth.
#[derive(Clone, Debug)]
pub enum LayerOutput {
    /// Send these bytes.
    Send {
        /// The transaction.
        transaction: TransactionId,
        /// Where.
        to: Destination,
        /// What.
        bytes: Bytes,
    },
    /// No response came to a request (timers B and F).
    TimedOut(TransactionId),
    /// The request could not be sent.
    TransportError(TransactionId),
    /// No ACK came to a failure that we sent (timer H).
    NoAck(TransactionId),
    /// 100 Trying is due (RFC 3261 section 17.2.1).
    TryingDue(TransactionId),
    /// The transaction is over: nothing of it is left in the layer.
    Gone(TransactionId),
}

/// How many transactions stand in the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionCounts {
    /// Requests sent.
    pub clients: usize,
    /// Requests received.
    pub servers: usize,
    /// Their timers.
    pub timers: usize,
}

/// The layer.
#[derive(Debug)]
pub struct TransactionLayer {
    intervals: Intervals,
    limit: usize,
    next: u64,
    clients: Table<TransactionId, Client>,
    client_keys: Table<Box<str>, TransactionId>,
    servers: Table<TransactionId, Server>,
    server_keys: Table<Box<str>, TransactionId>,
    merge_keys: Table<Box<str>, TransactionId>,
    timers: TimerTable<(TransactionId, Timer)>,
    output: VecDeque<LayerOutput>,
    scratch: String,
}

impl TransactionLayer {
    /// An empty layer that holds at most `limit` received requests; `seed` keys its hash tables.
    pub fn new(intervals: Intervals, limit: usize, seed: u64) -> Self {
        TransactionLayer {
            intervals,
            limit,
            next: 0,
            clients: Table::with_seed(seed),
            client_keys: Table::with_seed(seed ^ 1),
            servers: Table::with_seed(seed ^ 2),
            server_keys: Table::with_seed(seed ^ 3),
            merge_keys: Table::with_seed(seed ^ 4),
            timers: TimerTable::new(),
            output: VecDeque::new(),
            scratch: String::new(),
        }
    }

    /// Sends a request in a new client transaction, RFC 3261 section 17.1.
    pub fn send(&mut self, now: Moment, request: Outgoing<'_>) -> TransactionId {
        let id = self.new_id();
        let reliable = request.to.transport().is_reliable();
        let machine = if request.method == "INVITE" {
            ClientMachine::Invite(InviteClient::new(&self.intervals, reliable))
        } else {
            ClientMachine::NonInvite(NonInviteClient::new(&self.intervals, reliable))
        };
        client_key(request.branch, request.method, &mut self.scratch);
        let key: Box<str> = self.scratch.as_str().into();
        let mut client = Client {
            machine,
            key: key.clone(),
            request: request.bytes,
            ack: Bytes::new(),
            to: request.to,
            fallback: request.fallback,
            running: 0,
        };
        let actions = client.start(&self.intervals);
        self.client_keys.insert(key, id);
        self.clients.insert(id, client);
        self.carry_out_client(now, id, &actions);
        id
    }

    /// Cancels an INVITE that was sent, RFC 3261 section 9.1: the CANCEL's transaction, or none when it is too late for one.
    pub fn cancel(&mut self, now: Moment, invite: TransactionId, headers: &[ExtraHeader]) -> Option<TransactionId> {
        let client = self.clients.get(&invite)?;
        if client.request.is_empty() {
            return None;
        }
        let bytes = derived::cancel_for(&client.request, headers);
        let (branch, to) = (client.key.split(' ').nth(1)?.to_owned(), client.to);
        Some(self.send(now, Outgoing { method: "CANCEL", branch: &branch, bytes, to, fallback: None }))
    }

    /// Gives up a client transaction without a word, RFC 3261 section 9.1: an INVITE whose CANCEL brought no final response.
    pub fn abandon(&mut self, id: TransactionId) {
        if self.clients.contains_key(&id) {
            self.forget_client(id);
        }
    }

    /// True when a request of this head belongs to a transaction that is there, RFC 3261 section 17.2.3.
    pub fn knows(&mut self, head: &RequestHead<'_>) -> bool {
        head.transaction_key(head.method, &mut self.scratch);
        self.server_keys.contains_key(self.scratch.as_str())
    }

    /// Matches a received request, RFC 3261 section 17.2.3; `to` is where its responses go.
    pub fn receive_request(&mut self, now: Moment, head: &RequestHead<'_>, to: Destination) -> RequestMatch {
        let mut key = std::mem::take(&mut self.scratch);
        head.transaction_key(head.method, &mut key);
        let found = self.server_keys.get(key.as_str()).copied();
        let result = match found {
            Some(id) => self.known_request(now, id, head.method),
            None if head.method == "ACK" => RequestMatch::Ack,
            None => self.new_request(head, &mut key, to),
        };
        self.scratch = key;
        result
    }

    /// Sends a response in a server transaction; false when the transaction is over or can take no such response.
    pub fn respond(&mut self, now: Moment, id: TransactionId, status: u16, bytes: Bytes) -> bool {
        let Some(server) = self.servers.get_mut(&id) else { return false };
        let actions = server.respond(status, &self.intervals);
        if actions.is_empty() {
            return false;
        }
        server.response = bytes;
        // The 200 ms for 100 Trying count only while nothing else was sent.
        self.stop(id, Timer::Trying);
        self.carry_out_server(now, id, &actions);
        true
    }

    /// Starts the wait after which [`LayerOutput::TryingDue`] comes, RFC 3261 section 17.2.1.
    pub fn schedule_trying(&mut self, now: Moment, id: TransactionId, after: Duration) {
        if let Some(server) = self.servers.get_mut(&id) {
            server.running |= Timer::Trying.bit();
            self.timers.set((id, Timer::Trying), now + after);
        }
    }

    /// Matches a response by the branch of its top Via and the method of its CSeq, RFC 3261 section 17.1.3.
    ///
    /// None for a stray response and for a repeat that the transaction absorbed. `to` is the response's To value.
    pub fn receive_response(
        &mut self,
        now: Moment,
        branch: &str,
        method: &str,
        status: u16,
        to: &str,
    ) -> Option<ResponseMatch> {
        client_key(branch, method, &mut self.scratch);
        let id = *self.client_keys.get(self.scratch.as_str())?;
        let client = self.clients.get_mut(&id)?;
        client.fallback = None;
        if client.is_invite() && status >= 300 && client.ack.is_empty() && !client.request.is_empty() {
            client.ack = derived::ack_for_failure(&client.request, to);
        }
        let actions = client.response(status, &self.intervals);
        if status >= 200 {
            client.request = Bytes::new();
        }
        let deliver = actions.contains(&Action::Deliver);
        self.carry_out_client(now, id, &actions);
        deliver.then_some(ResponseMatch { transaction: id })
    }

    /// The transport could not deliver bytes of this transaction, RFC 3261 section 17.1.4.
    pub fn transport_failed(&mut self, now: Moment, id: TransactionId) {
        if let Some(client) = self.clients.get_mut(&id) {
            if let Some((to, bytes)) = client.fallback.take() {
                self.fall_back(now, id, to, bytes);
                return;
            }
            let actions = client.transport_error(&self.intervals);
            self.carry_out_client(now, id, &actions);
        } else if let Some(server) = self.servers.get_mut(&id) {
            if let Some(to) = server.reopen.take() {
                server.to = to;
                let bytes = server.response.clone();
                self.output.push_back(LayerOutput::Send { transaction: id, to, bytes });
                return;
            }
            let actions = server.transport_error(&self.intervals);
            self.carry_out_server(now, id, &actions);
        }
    }

    /// The responses of this transaction go another way from now on: its flow is lost and another was found.
    pub fn redirect(&mut self, id: TransactionId, to: Destination) {
        if let Some(server) = self.servers.get_mut(&id) {
            server.to = to;
        }
    }

    /// True while a provisional response, and nothing final, has come to this INVITE.
    pub fn is_proceeding(&self, id: TransactionId) -> bool {
        self.clients.get(&id).is_some_and(|client| match &client.machine {
            ClientMachine::Invite(machine) => machine.state() == InviteClientState::Proceeding,
            ClientMachine::NonInvite(_) => false,
        })
    }

    /// Fires what is due.
    pub fn handle_timeout(&mut self, now: Moment) {
        while let Some((_, (id, timer))) = self.timers.pop_due(now) {
            if let Some(client) = self.clients.get_mut(&id) {
                client.running &= !timer.bit();
                let actions = client.fired(timer, &self.intervals);
                self.carry_out_client(now, id, &actions);
            } else if let Some(server) = self.servers.get_mut(&id) {
                server.running &= !timer.bit();
                if timer == Timer::Trying {
                    self.output.push_back(LayerOutput::TryingDue(id));
                    continue;
                }
                let actions = server.fired(timer, &self.intervals);
                self.carry_out_server(now, id, &actions);
            }
        }
    }

    /// The next result.
    pub fn poll(&mut self) -> Option<LayerOutput> {
        self.output.pop_front()
    }

    /// When [`TransactionLayer::handle_timeout`] wants to be called next.
    pub fn next_timeout(&self) -> Option<Moment> {
        self.timers.next()
    }

    /// How much stands in the tables.
    pub fn counts(&self) -> TransactionCounts {
        TransactionCounts { clients: self.clients.len(), servers: self.servers.len(), timers: self.timers.len() }
    }

    /// True when every table is empty.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
            && self.client_keys.is_empty()
            && self.servers.is_empty()
            && self.server_keys.is_empty()
            && self.merge_keys.is_empty()
            && self.timers.is_empty()
    }

    fn known_request(&mut self, now: Moment, id: TransactionId, method: &str) -> RequestMatch {
        let Some(server) = self.servers.get_mut(&id) else { return RequestMatch::Absorbed };
        let actions = if method == "ACK" { server.ack(&self.intervals) } else { server.repeated(&self.intervals) };
        let deliver = actions.contains(&Action::Deliver);
        self.carry_out_server(now, id, &actions);
        if deliver { RequestMatch::Ack } else { RequestMatch::Absorbed }
    }

    fn new_request(&mut self, head: &RequestHead<'_>, key: &mut String, to: Destination) -> RequestMatch {
        let own_key: Box<str> = key.as_str().into();
        let merge_key = head.merge_key(key).then(|| Box::<str>::from(key.as_str()));
        if merge_key.as_ref().is_some_and(|merge_key| self.merge_keys.contains_key(merge_key)) {
            return RequestMatch::Merged;
        }
        if self.servers.len() >= self.limit {
            return RequestMatch::Full;
        }
        let mut invite = None;
        if head.method == "CANCEL" {
            head.transaction_key("INVITE", key);
            invite = self.server_keys.get(key.as_str()).copied();
            if invite.is_none() {
                return RequestMatch::StrayCancel;
            }
        }
        let reliable = to.transport().is_reliable();
        let machine = if head.method == "INVITE" {
            ServerMachine::Invite(InviteServer::new(&self.intervals, reliable))
        } else {
            ServerMachine::NonInvite(NonInviteServer::new(reliable))
        };
        let id = self.new_id();
        if let Some(merge_key) = &merge_key {
            self.merge_keys.insert(merge_key.clone(), id);
        }
        self.server_keys.insert(own_key.clone(), id);
        let server = Server {
            machine,
            key: own_key,
            merge_key,
            response: Bytes::new(),
            to,
            reopen: reopened(head, &to),
            running: 0,
        };
        self.servers.insert(id, server);
        match invite {
            Some(invite) => RequestMatch::Cancel { cancel: id, invite },
            None => RequestMatch::New(id),
        }
    }

    /// RFC 3261 section 18.1.1: the stream that a large request asked for cannot be had; it goes out as a datagram, and the
    /// transaction starts over with the timers of a datagram.
    fn fall_back(&mut self, now: Moment, id: TransactionId, to: Destination, bytes: Bytes) {
        self.stop_all(id);
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.machine = if client.is_invite() {
            ClientMachine::Invite(InviteClient::new(&self.intervals, false))
        } else {
            ClientMachine::NonInvite(NonInviteClient::new(&self.intervals, false))
        };
        client.to = to;
        client.request = bytes;
        let actions = client.start(&self.intervals);
        self.carry_out_client(now, id, &actions);
    }

    fn carry_out_client(&mut self, now: Moment, id: TransactionId, actions: &Actions) {
        for action in actions {
            let Some(client) = self.clients.get_mut(&id) else { return };
            let (to, transaction) = (client.to, id);
            match *action {
                Action::SendRequest => {
                    let bytes = client.request.clone();
                    self.output.push_back(LayerOutput::Send { transaction, to, bytes });
                }
                Action::SendAck => {
                    let bytes = client.ack.clone();
                    self.output.push_back(LayerOutput::Send { transaction, to, bytes });
                }
                Action::Start(timer, wait) => {
                    client.running |= timer.bit();
                    self.timers.set((id, timer), now + wait);
                }
                Action::Stop(timer) => self.stop(id, timer),
                Action::InformTimeout => self.output.push_back(LayerOutput::TimedOut(id)),
                Action::InformTransportError => self.output.push_back(LayerOutput::TransportError(id)),
                Action::Terminate => self.forget_client(id),
                Action::SendResponse | Action::Deliver => {}
            }
        }
    }

    fn carry_out_server(&mut self, now: Moment, id: TransactionId, actions: &Actions) {
        for action in actions {
            let Some(server) = self.servers.get_mut(&id) else { return };
            match *action {
                Action::SendResponse if !server.response.is_empty() => {
                    let (to, bytes) = (server.to, server.response.clone());
                    self.output.push_back(LayerOutput::Send { transaction: id, to, bytes });
                }
                Action::Start(timer, wait) => {
                    server.running |= timer.bit();
                    self.timers.set((id, timer), now + wait);
                }
                Action::Stop(timer) => self.stop(id, timer),
                Action::InformTimeout => self.output.push_back(LayerOutput::NoAck(id)),
                Action::InformTransportError => self.output.push_back(LayerOutput::TransportError(id)),
                Action::Terminate => self.forget_server(id),
                Action::SendResponse | Action::SendRequest | Action::SendAck | Action::Deliver => {}
            }
        }
    }

    fn stop(&mut self, id: TransactionId, timer: Timer) {
        let running = match (self.clients.get_mut(&id), self.servers.get_mut(&id)) {
            (Some(client), _) => &mut client.running,
            (None, Some(server)) => &mut server.running,
            (None, None) => return,
        };
        if *running & timer.bit() != 0 {
            *running &= !timer.bit();
            self.timers.cancel(&(id, timer));
        }
    }

    fn stop_all(&mut self, id: TransactionId) {
        for timer in Timer::ALL {
            self.stop(id, timer);
        }
    }

    fn forget_client(&mut self, id: TransactionId) {
        self.stop_all(id);
        if let Some(client) = self.clients.remove(&id) {
            self.client_keys.remove(&client.key);
            self.output.push_back(LayerOutput::Gone(id));
        }
    }

    fn forget_server(&mut self, id: TransactionId) {
        self.stop_all(id);
        if let Some(server) = self.servers.remove(&id) {
            self.server_keys.remove(&server.key);
            if let Some(merge_key) = &server.merge_key {
                self.merge_keys.remove(merge_key);
            }
            self.output.push_back(LayerOutput::Gone(id));
        }
    }

    fn new_id(&mut self) -> TransactionId {
        self.next += 1;
        TransactionId(self.next)
    }
}

/// RFC 3261 section 18.2.2: a response whose connection is gone goes over a new one to the source address and the port that
/// sent-by names. A WebSocket client cannot be called back.
fn reopened(head: &RequestHead<'_>, to: &Destination) -> Option<Destination> {
    let Destination::Flow(flow) = to else { return None };
    let (transport, network) = (flow.transport, flow.network);
    let port = head.sent_by.1.filter(|_| matches!(transport, Transport::Tcp | Transport::Tls))?;
    Some(Destination::Address { transport, network, address: SocketAddr::new(flow.peer.ip(), port) })
}

/// RFC 3261 section 17.1.3: the branch and the CSeq method.
fn client_key(branch: &str, method: &str, out: &mut String) {
    out.clear();
    let written = write!(out, "{method} {branch}");
    debug_assert!(written.is_ok());
}
