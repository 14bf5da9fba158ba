//! What scenarios do and look at beside the basic call: changes of the site, packets that are late, re-INVITEs of any kind.

use super::site::board_choice;
use super::{NETWORK, World, address, credentials, description, exchange};
use almon::switchboard::Input;
use directory::TrunkTransport;
use directory::change::{Change, ChangeSet, NewTrunk, RoutePatch};
use ground::{Machine, Utc};
use sip::agent::{Addressing, Answer, Command, Event, Invite, SessionId};
use sip::dialog::{Body, ExtraHeader};
use sip::{HeaderName, Message};
use std::sync::Arc;

/// Where the second trunk's far end is.
pub const OTHER_CARRIER: &str = "198.51.100.10:5060";

impl World {
    /// An administrator changes the site.
    pub fn apply(&mut self, changes: Vec<Change>) {
        let set = ChangeSet { base: self.directory.revision, author: "test".into(), at: Utc::default(), changes };
        self.directory = Arc::new(self.directory.apply(&set).unwrap());
        self.board.handle(self.now, Input::Directory(self.directory.clone()));
        self.effects();
    }

    /// So many telephones may register at a number from now on.
    pub fn allow_telephones(&mut self, number: &str, most: u8) {
        let patch = directory::change::ExtensionPatch { max_terminals: Some(most), ..Default::default() };
        self.apply(vec![Change::ChangeExtension { number: number.parse().unwrap(), patch }]);
    }

    /// A second trunk, tried when the first one fails; `transit` for both.
    pub fn add_second_trunk(&mut self, transit: bool) {
        let patch = directory::change::TrunkPatch { transit: Some(transit), ..Default::default() };
        let trunk = NewTrunk {
            name: "other".into(),
            address: address(OTHER_CARRIER),
            transport: TrunkTransport::Udp,
            network: NETWORK,
            sources: Vec::new(),
            transit,
            max_calls: Default::default(),
            follow_redirects: false,
            may_transfer: false,
            transfers_itself: false,
        };
        let choices = Some(vec![board_choice("carrier"), board_choice("other")]);
        let route = RoutePatch { choices, ..Default::default() };
        self.apply(vec![
            Change::ChangeTrunk { name: "carrier".into(), patch },
            Change::AddTrunk(trunk),
            Change::ChangeRoute { name: "outside".into(), patch: route },
        ]);
    }

    /// Keeps back what a telephone sends from now on.
    pub fn hold_packets(&mut self, telephone: usize) {
        self.held.insert(self.telephones[telephone].address, Vec::new());
    }

    /// Lets through what was kept back.
    pub fn release_packets(&mut self, telephone: usize) {
        let from = self.telephones[telephone].address;
        for (to, bytes) in self.held.remove(&from).unwrap_or_default() {
            self.put(from, to, bytes);
        }
    }

    /// An administrator ends every call.
    pub fn clear_calls(&mut self) {
        let calls: Vec<_> = self.board.exchange().calls().map(|(call, _)| call).collect();
        for call in calls {
            self.board.handle(self.now, Input::ClearCall(call));
            self.effects();
        }
    }

    pub fn respond_with(&mut self, telephone: usize, session: SessionId, status: u16, body: Option<&str>) {
        let body = body.map(|text| Body::sdp(bytes::Bytes::from(text.to_owned())));
        self.command(telephone, Command::Respond { session, answer: Answer { body, ..Answer::status(status) } });
    }

    /// The usual description of a telephone with other lines behind it.
    pub fn described(&self, telephone: usize, extra: &str) -> String {
        String::from_utf8(description(self.telephones[telephone].address, extra).to_vec()).unwrap()
    }

    /// Sends a re-INVITE; without a body it asks for an offer.
    pub fn reinvite(&mut self, telephone: usize, session: SessionId, body: Option<&str>) {
        let body = body.map(|text| Body::sdp(bytes::Bytes::from(text.to_owned())));
        self.command(telephone, Command::Change { session, body, headers: Vec::new() });
    }

    /// How a re-INVITE of a telephone ends: its 2xx, or the status of its refusal.
    pub fn expect_changed(&mut self, telephone: usize) -> Result<Message, u16> {
        self.expect(telephone, "the end of a re-INVITE", |event| match event {
            Event::Changed { response, .. } => Some(Ok(response.clone())),
            Event::ChangeFailed { status, .. } => Some(Err(*status)),
            _ => None,
        })
    }

    /// The re-INVITE that reaches a telephone.
    pub fn expect_reinvite(&mut self, telephone: usize) -> Message {
        self.expect(telephone, "a re-INVITE", |event| match event {
            Event::ChangeRequested { request, .. } => Some(request.clone()),
            _ => None,
        })
    }

    /// Calls as a trunk does that passes on what it got: with these hops left.
    pub fn call_as_trunk(&mut self, telephone: usize, dialled: &str, hops: u8) -> SessionId {
        let caller = &mut self.telephones[telephone];
        caller.next_session += 1;
        let session = SessionId(caller.next_session);
        let at = caller.address;
        let invite = Invite {
            session,
            to: exchange(),
            address: Addressing {
                target: format!("sip:{dialled}@192.0.2.1").into(),
                routes: Vec::new(),
                from: format!("<sip:+15550100@{at}>").into(),
                to: format!("<sip:{dialled}@192.0.2.1>").into(),
                contact_user: "".into(),
            },
            headers: vec![ExtraHeader::new("Max-Forwards", hops.to_string())],
            body: Some(Body::sdp(description(at, ""))),
            credentials: Some(credentials("carrier")),
            binding: None,
            pinned: false,
        };
        self.command(telephone, Command::Invite(Box::new(invite)));
        session
    }

    /// The texts of what the exchange sent to a telephone.
    pub fn sent_to(&self, telephone: usize) -> Vec<&str> {
        let at = self.telephones[telephone].address;
        self.log.iter().filter(|(_, to, _)| *to == at).map(|(_, _, text)| text.as_str()).collect()
    }
}

/// The Q.850 cause in a message's Reason header.
pub fn q850(message: &Message) -> Option<u8> {
    let text = std::str::from_utf8(message.header(HeaderName::Reason)?).ok()?;
    text.strip_prefix("Q.850;cause=")?.split(';').next()?.parse().ok()
}

/// A description at a port with the codecs of these payload types.
pub fn described_at(at: &str, port: u16, formats: &str, extra: &str) -> String {
    format!(
        "v=0\r\no=- 1 2 IN IP4 {at}\r\ns=-\r\nc=IN IP4 {at}\r\nt=0 0\r\nm=audio {port} RTP/AVP {formats}\r\n\
         a=rtpmap:101 telephone-event/8000\r\n{extra}"
    )
}

/// A response to a request that was sent to a peer, as one fork behind that peer writes it.
pub fn response(request: &str, status: &str, tag: &str, body: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().skip(1).take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default();
        match name {
            "Via" | "From" | "Call-ID" | "CSeq" => text.push_str(&format!("{line}\r\n")),
            "To" if line.contains(";tag=") => text.push_str(&format!("{line}\r\n")),
            "To" => text.push_str(&format!("{line};tag={tag}\r\n")),
            _ => {}
        }
    }
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let length = body.len();
    text.push_str(&format!("Contact: <sip:{tag}@198.51.100.9>\r\n{kind}Content-Length: {length}\r\n\r\n{body}"));
    text
}
