//! INVITEs of an earlier process: what is kept of them, and how they go on (RFC 3261 section 17.1.1, RFC 6026 section 7.2).

use super::super::InviteClientInput;
use super::super::client::{Client, ClientMachine};
use super::super::flow::Destination;
use super::super::{InviteClient, TransactionId};
use super::{TransactionLayer, client_key};
use bytes::Bytes;

impl TransactionLayer {
    /// The branch of a request that was sent, and where it went.
    pub fn sent(&self, id: TransactionId) -> Option<(&str, Destination)> {
        let client = self.clients.get(&id)?;
        Some((client.key.split(' ').nth(1)?, client.to))
    }

    /// Takes over an INVITE as one that has a provisional response: it is not sent again, it can be cancelled, and its final
    /// response is still heard.
    pub fn resume_invite(&mut self, branch: &str, request: Bytes, to: Destination) -> TransactionId {
        let id = self.new_id();
        let mut machine = InviteClient::new(&self.intervals, to.transport().is_reliable());
        // What the machine orders on its way to Proceeding was done by the earlier process.
        machine.handle(InviteClientInput::Invite, &self.intervals);
        machine.handle(InviteClientInput::Provisional, &self.intervals);
        client_key(branch, "INVITE", &mut self.scratch);
        let key: Box<str> = self.scratch.as_str().into();
        let machine = ClientMachine::Invite(machine);
        let client = Client { machine, key: key.clone(), request, ack: Bytes::new(), to, fallback: None, running: 0 };
        self.client_keys.insert(key, id);
        self.clients.insert(id, client);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::{Intervals, LayerOutput};
    use ground::{Moment, NetworkId};

    const INVITE: &[u8] = b"INVITE sip:bell@192.0.2.7 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:bell@b>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\r\n";

    #[test]
    fn a_resumed_invite_is_silent_can_be_cancelled_and_hears_its_refusal() {
        let network = NetworkId(1);
        let address = "192.0.2.7:5060".parse().unwrap();
        let to = Destination::Address { transport: crate::Transport::Udp, network, address };
        let mut layer = TransactionLayer::new(Intervals::default(), 10, 1);
        let id = layer.resume_invite("z9hG4bK1", Bytes::from_static(INVITE), to);
        assert!(layer.poll().is_none() && layer.is_proceeding(id) && layer.next_timeout().is_none());
        assert_eq!(layer.sent(id), Some(("z9hG4bK1", to)));
        let now = Moment::from_millis(1000);
        assert!(layer.cancel(now, id, &[]).is_some());
        assert!(matches!(layer.poll(), Some(LayerOutput::Send { bytes, .. }) if bytes.starts_with(b"CANCEL ")));
        let found = layer.receive_response(now, "z9hG4bK1", "INVITE", 487, "<sip:bell@b>;tag=2");
        assert_eq!(found.map(|found| found.transaction), Some(id));
        assert!(matches!(layer.poll(), Some(LayerOutput::Send { bytes, .. }) if bytes.starts_with(b"ACK ")));
    }
}
