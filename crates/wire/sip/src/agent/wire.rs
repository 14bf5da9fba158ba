//! How the agent addresses what it sends: Via, Contact, the way, the size of a datagram (RFC 3261 sections 8.1.1, 18.1.1).

use super::Agent;
use super::command::SessionId;
use super::config::Advertised;
use super::interface::{Direction, Output, SendId, Trace};
use super::session::{SentAck, Session, Way};
use crate::dialog::{Body, Dialog, ExtraHeader, InDialog, build_request, next_hop};
use crate::message::{Method, Transport};
use crate::transaction::{Destination, Outgoing, TransactionId, uri_parameter};
use crate::uri::{Scheme, UriRef};
use bytes::Bytes;
use std::net::SocketAddr;

/// The methods that the agent carries out inside a dialog, RFC 3261 section 20.5. SUBSCRIBE is none: it is taken for the
/// subscriptions of REFER alone.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY";

/// The same outside of dialogs.
pub(crate) const ALLOW_OUTSIDE: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, REGISTER";

/// The extensions that the agent carries out inside a dialog, RFC 3261 section 20.37: RFC 3891, RFC 4488, RFC 4916.
pub(crate) const SUPPORTED: &str = "replaces, norefersub, from-change";

/// A request before it has a Via.
pub(crate) struct Draft<'a> {
    pub dialog: &'a Dialog,
    pub method: &'a Method,
    pub sequence: u32,
    /// The user part of our Contact; none writes no Contact.
    pub contact_user: Option<&'a str>,
    pub headers: &'a [ExtraHeader],
    pub body: Option<&'a Body>,
}

impl Agent {
    /// Sends a request in a new transaction; none when the network has no address for the transport.
    ///
    /// RFC 3261 section 18.1.1: a request above the limit of a datagram goes over a stream, and as a datagram after all when
    /// there is no stream to be had. Behind an address translator no stream can be opened: it stays a datagram.
    pub(crate) fn transmit(&mut self, draft: &Draft<'_>, way: Way) -> Option<TransactionId> {
        let branch = self.random.branch();
        let bytes = self.write(draft, &way.to, &branch)?;
        let too_large = bytes.len() > self.config.limits.datagram && way.to.transport() == Transport::Udp && !way.nat;
        let stream =
            Destination::Address { transport: Transport::Tcp, network: way.to.network(), address: way.to.peer() };
        let (to, bytes, fallback) = match too_large.then(|| self.write(draft, &stream, &branch)).flatten() {
            Some(over_stream) => (stream, over_stream, Some((way.to, bytes))),
            None => (way.to, bytes, None),
        };
        let request = Outgoing { method: draft.method.as_str(), branch: &branch, bytes, to, fallback };
        Some(self.layer.send(self.now.moment, request))
    }

    /// Writes and sends the ACK of a 2xx, which is in no transaction (RFC 3261 section 13.2.2.4).
    pub(crate) fn acknowledge(
        &mut self,
        dialog: &Dialog,
        sequence: u32,
        body: Option<&Body>,
        way: Way,
        session: Option<SessionId>,
    ) -> Option<SentAck> {
        let draft = Draft { dialog, method: &Method::Ack, sequence, contact_user: None, headers: &[], body };
        let to = self.towards(dialog, &way);
        let branch = self.random.branch();
        let bytes = self.write(&draft, &to, &branch)?;
        self.emit(to, bytes.clone(), SendId::UNTRACKED, session);
        Some(SentAck { to, bytes })
    }

    /// Puts bytes on the wire.
    pub(crate) fn emit(&mut self, to: Destination, bytes: Bytes, send: SendId, session: Option<SessionId>) {
        if self.config.trace {
            let trace = Trace { direction: Direction::Out, peer: to, session, bytes: bytes.clone() };
            self.output.push_back(Output::Trace(trace));
        }
        self.output.push_back(Output::Send { to, bytes, send });
    }

    /// Where a request of this dialog goes: to the flow, or to the next hop where the session is not bound to its flow.
    pub(crate) fn towards(&self, dialog: &Dialog, way: &Way) -> Destination {
        if way.pinned && !way.lost {
            return way.to;
        }
        if let Some(binding) = dialog.binding.as_ref().and_then(|name| self.registrar.binding(name))
            && binding.live
        {
            return Destination::Flow(binding.flow);
        }
        let Some((transport, address)) = self.literal(next_hop(&dialog.routes, &dialog.target), way.to.transport())
        else {
            return self.reopened(way);
        };
        // RFC 5923: a connection to the same host that is still there is used again.
        let same_host = way.to.peer().ip().to_canonical() == address.ip().to_canonical();
        if !way.lost && transport.is_reliable() && transport == way.to.transport() && same_host {
            return way.to;
        }
        Destination::Address { transport, network: way.to.network(), address }
    }

    /// The way of a session for its next request; none while it must wait for its telephone to register again.
    pub(crate) fn way_for(&self, session: &Session, dialog: &Dialog) -> Option<Way> {
        let mut way = session.way;
        if way.lost
            && way.pinned
            && let Some(name) = &dialog.binding
            && self.registrar.binding(name).is_some_and(|binding| !binding.live)
        {
            return None;
        }
        way.to = self.towards(dialog, &way);
        Some(way)
    }

    /// Our Contact on this way, RFC 3261 section 8.1.1.8; it carries the shard.
    pub(crate) fn contact(&self, user: &str, to: &Destination, secure: bool) -> Option<String> {
        let ours = self.advertised(to)?;
        let scheme = if secure { "sips" } else { "sip" };
        let mut text = format!("<{scheme}:");
        if !user.is_empty() {
            text.push_str(&crate::uri::escape(user, crate::uri::EscapeSet::User));
            text.push('@');
        }
        push_host(&mut text, ours);
        if let Some(transport) = uri_parameter(to.transport()) {
            text.push_str(";transport=");
            text.push_str(transport);
        }
        text.push_str(";shard=");
        text.push(self.config.shard);
        text.push('>');
        Some(text)
    }

    pub(crate) fn write(&self, draft: &Draft<'_>, to: &Destination, branch: &str) -> Option<Bytes> {
        let ours = self.advertised(to)?;
        let mut via = format!("SIP/2.0/{} ", to.transport().as_str());
        push_host(&mut via, ours);
        via.push_str(";branch=");
        via.push_str(branch);
        // RFC 3581 section 3: the answer comes back to where the request left.
        via.push_str(";rport");
        let contact = match draft.contact_user {
            Some(user) => Some(self.contact(user, to, draft.dialog.secure)?),
            None => None,
        };
        let request = InDialog {
            method: draft.method,
            sequence: draft.sequence,
            via: &via,
            contact: contact.as_deref(),
            allow: contact.is_some().then_some(ALLOW),
            supported: contact.is_some().then_some(SUPPORTED),
            headers: draft.headers,
            body: draft.body,
        };
        Some(build_request(draft.dialog, &request))
    }

    /// What we show on this way: of the network's addresses for the transport the one of the peer's family, or a host name.
    pub(crate) fn advertised(&self, to: &Destination) -> Option<&Advertised> {
        let peer = to.peer().ip().to_canonical();
        let network = self.config.network(to.network())?;
        let mut ours = network.advertised.iter().filter(|ours| ours.transport == to.transport());
        let fits = |ours: &&Advertised| {
            let literal = ours.host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
            literal.is_ok_and(|ip| ip.is_ipv4() == peer.is_ipv4())
        };
        ours.clone().find(fits).or_else(|| ours.next())
    }

    /// The transport and address of a URI whose host is an address literal, RFC 3263 section 4.
    fn literal(&self, uri: &str, current: Transport) -> Option<(Transport, SocketAddr)> {
        let uri = UriRef::parse(uri.as_bytes()).ok().filter(UriRef::is_sip)?;
        let ip = uri.host()?.ip()?;
        let named = uri.param("transport").and_then(Transport::parse);
        let transport = match (uri.scheme(), named) {
            (Scheme::Sips, _) => Transport::Tls,
            (_, Some(named)) => named,
            // RFC 3263 section 4.1: an address literal without a transport means UDP; a stream that is in use is kept.
            (_, None) if current.is_reliable() => current,
            (_, None) => Transport::Udp,
        };
        let port = uri.port().unwrap_or_else(|| self.config.default_ports.of(transport));
        Some((transport, SocketAddr::new(ip, port)))
    }

    /// The last resort for a flow that is lost: a new connection to the same address.
    fn reopened(&self, way: &Way) -> Destination {
        match way.to {
            Destination::Flow(flow) if way.lost => {
                Destination::Address { transport: flow.transport, network: flow.network, address: flow.peer }
            }
            to => to,
        }
    }
}

fn push_host(text: &mut String, ours: &Advertised) {
    text.push_str(&ours.host);
    if let Some(port) = ours.port {
        text.push(':');
        text.push_str(&port.to_string());
    }
}
