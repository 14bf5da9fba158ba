//! Requests of ours outside any dialog: OPTIONS, REGISTER, NOTIFY, MESSAGE (RFC 3261 sections 8.1, 10.2 and 11.1).

use super::Agent;
use super::command::{OutOfDialog, Series};
use super::event::Event;
use super::session::{ClientUse, OutUse, Way};
use super::wire::Draft;
use crate::dialog::{Dialog, ExtraHeader, Role, Stage};
use crate::message::{Message, Method};

impl Agent {
    /// Carries out [`super::Command::Request`].
    pub(crate) fn out_of_dialog(&mut self, order: OutOfDialog) {
        let method = Method::parse(&order.method);
        let forbidden = matches!(method, None | Some(Method::Invite | Method::Ack | Method::Cancel | Method::Bye));
        if forbidden {
            self.report(Event::RequestDone { request: order.request, status: 400, response: None });
            return;
        }
        let series = match &order.series {
            Some(series) => series.clone(),
            None => Series { call_id: self.random.call_id(), sequence: 1 },
        };
        let dialog = Dialog {
            call_id: series.call_id,
            local_tag: self.random.tag(),
            remote_tag: "".into(),
            local: order.address.from.clone(),
            remote: order.address.to.clone(),
            target: order.address.target.clone(),
            routes: order.address.routes.clone(),
            local_sequence: series.sequence,
            remote_sequence: None,
            secure: false,
            role: Role::Caller,
            stage: Stage::Early,
            binding: None,
        };
        self.send_out_of_dialog(OutUse { order, dialog, authenticated: false }, None);
    }

    fn send_out_of_dialog(&mut self, used: OutUse, credentials: Option<ExtraHeader>) {
        let Some(method) = Method::parse(&used.order.method) else { return };
        let mut headers = used.order.headers.clone();
        headers.extend(credentials);
        // The owner writes the Contact of a REGISTER, since it may name several or none.
        let own_contact = method != Method::Register && !used.order.address.contact_user.is_empty();
        let draft = Draft {
            dialog: &used.dialog,
            method: &method,
            sequence: used.dialog.local_sequence,
            contact_user: own_contact.then_some(&*used.order.address.contact_user),
            headers: &headers,
            body: used.order.body.as_ref(),
        };
        let way = Way { to: used.order.to, pinned: true, nat: false, lost: false };
        match self.transmit(&draft, way) {
            Some(id) => {
                self.clients.insert(id, ClientUse::OutOfDialog(Box::new(used)));
            }
            None => self.report(Event::RequestDone { request: used.order.request, status: 503, response: None }),
        }
    }

    /// A final response; a challenge is answered once, RFC 3261 section 22.2.
    pub(crate) fn out_of_dialog_response(&mut self, mut used: OutUse, response: Message) {
        let status = response.status().map_or(0, |status| status.code());
        if matches!(status, 401 | 407)
            && !used.authenticated
            && let Some(credentials) = used.order.credentials.clone()
            && let Some(method) = Method::parse(&used.order.method)
            && let Some(line) = self.credentials_for(&response, &credentials, &method, &used.order.address.target)
        {
            used.authenticated = true;
            used.dialog.next_sequence();
            self.send_out_of_dialog(used, Some(line));
            return;
        }
        self.report(Event::RequestDone { request: used.order.request, status, response: Some(response) });
    }
}
