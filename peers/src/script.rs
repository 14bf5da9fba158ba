//! A scenario of SIPp written step by step: what one telephone does in one or several dialogs, and what it must receive meanwhile.
//!
//! A dialog is named by a letter. What its telephone is asked for while it waits (a change of the call, of the shown party, a
//! notification) it grants; anything that is not awaited makes SIPp fail the call.

use std::fmt::Write;

/// How long a step may wait for the other side, in milliseconds.
const STEP: u32 = 9000;
/// What a telephone says that it understands (RFC 3261 section 20.5).
const ALLOWED: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY";

/// Statuses that refuse a request (RFC 3261 sections 21.4 to 21.6).
const REFUSALS: [u16; 24] = [
    400, 401, 403, 404, 405, 408, 410, 480, 481, 482, 483, 484, 486, 488, 489, 491, 500, 501, 502, 503, 504, 600, 603,
    604,
];

/// A dialog as its telephone knows it.
struct Dialog {
    name: char,
    sequence: u32,
    description: u32,
    /// The Call-ID and the own address with its tag: words for SIPp.
    call: String,
    local: String,
    /// Whom it called, without the tag that the answer brings.
    to: String,
}

/// A scenario.
pub struct Script {
    name: String,
    user: String,
    allowed: String,
    steps: String,
    variables: Vec<String>,
    dialogs: Vec<Dialog>,
    labels: u32,
    /// A call of its own that may end before it is answered.
    ringing: Option<char>,
    /// Where it goes on when it is asked to transfer.
    asked: Option<u32>,
}

impl Script {
    /// A scenario of this name, of the telephone of this user.
    pub fn new(name: &str, user: &str) -> Script {
        let (steps, allowed) = (String::new(), ALLOWED.to_owned());
        let (variables, dialogs) = (Vec::new(), Vec::new());
        Script {
            name: name.to_owned(),
            user: user.to_owned(),
            allowed,
            steps,
            variables,
            dialogs,
            labels: 0,
            ringing: None,
            asked: None,
        }
    }

    /// The same telephone, which does not understand this method.
    pub fn without(mut self, method: &str) -> Script {
        let without = self.allowed.replace(&format!(", {method}"), "");
        self.steps = self.steps.replace(&self.allowed, &without);
        self.allowed = without;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The extension whose telephone plays it.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The scenario as SIPp reads it.
    pub fn text(&self) -> String {
        let reference = match self.variables.is_empty() {
            true => String::new(),
            false => format!("  <Reference variables=\"{}\"/>\n", self.variables.join(",")),
        };
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        format!("{head}<scenario name=\"{}\">\n{}{reference}</scenario>\n", self.name, self.steps)
    }

    // --- Calls that it makes ------------------------------------------------------------------------------------------

    /// Calls a number and is answered.
    pub fn call(self, dialog: char, number: &str) -> Script {
        self.invite(dialog, number, "").answered(dialog)
    }

    /// Begins a call, with further header lines.
    pub fn invite(mut self, dialog: char, number: &str, headers: &str) -> Script {
        let call = format!("{dialog}///[call_id]");
        let local = format!("<sip:{}@[remote_ip]>;tag={dialog}[call_number]", self.user);
        let to = format!("<sip:{number}@[remote_ip]:[remote_port]>");
        let (own, known) = (local.clone(), to.clone());
        let (sequence, description_number) = (1, 1);
        self.dialogs.push(Dialog {
            name: dialog,
            sequence,
            description: description_number,
            call: call.clone(),
            local: own,
            to: known,
        });
        let (user, allowed) = (&self.user, &self.allowed);
        let head = format!(
            "INVITE sip:{number}@[remote_ip]:[remote_port] SIP/2.0\n{VIA}Max-Forwards: 70\nFrom: {local}\n\
             To: {to}\nCall-ID: {call}\nCSeq: 1 INVITE\n\
             Contact: <sip:{user}@[local_ip]:[local_port]>\nAllow: {allowed}\nSupported: replaces\n{}",
            lines(headers)
        );
        self.send(true, &head, Some(&description(1, "")));
        self
    }

    /// The call rings.
    pub fn hears_ringing(mut self, dialog: char) -> Script {
        self.receive("response=\"100\" optional=\"true\"", "");
        let actions = self.learn(dialog, "To:");
        self.receive("response=\"180\"", &actions);
        self
    }

    /// Gives up a call that rings.
    pub fn cancels(mut self, dialog: char) -> Script {
        let (call, local) = self.of(dialog);
        let to = self.dialog(dialog).map(|dialog| dialog.to.clone()).unwrap_or_default();
        // RFC 3261 section 9.1: the Via and the number of the INVITE.
        let head = |method: &str, to: &str| {
            format!(
                "{method} {} SIP/2.0\n[last_Via:]\nMax-Forwards: 70\nFrom: {local}\nTo: {to}\nCall-ID: {call}\nCSeq: 1 {method}\n",
                to.trim_matches(['<', '>'])
            )
        };
        let cancel = head("CANCEL", &to);
        self.send(true, &cancel, None);
        self.receive("response=\"200\"", "");
        self.receive("response=\"487\"", "");
        let ack = head("ACK", &to).replace(&format!("To: {to}"), "[last_To:]");
        self.send(false, &ack, None);
        self
    }

    /// The call is answered.
    pub fn answered(mut self, dialog: char) -> Script {
        for status in [100, 180, 181, 183] {
            self.receive(&format!("response=\"{status}\" optional=\"true\""), "");
        }
        let actions = self.learn(dialog, "To:");
        self.receive("response=\"200\"", &actions);
        self.acknowledge(dialog);
        self
    }

    /// The call is refused with this status.
    pub fn refused(self, dialog: char, status: u16) -> Script {
        self.refused_with(dialog, &[status])
    }

    /// The call is refused with any final status from 400 on.
    pub fn refused_somehow(self, dialog: char) -> Script {
        self.refused_with(dialog, &REFUSALS)
    }

    fn refused_with(mut self, dialog: char, statuses: &[u16]) -> Script {
        for status in [100, 180, 181, 183] {
            self.receive(&format!("response=\"{status}\" optional=\"true\""), "");
        }
        self.one_of(statuses);
        let ack = self.acknowledgement_of_refusal(dialog);
        self.send(false, &ack, None);
        self
    }

    // --- Calls that it gets -------------------------------------------------------------------------------------------

    /// Is called and answers at once.
    pub fn called(self, dialog: char) -> Script {
        self.rings(dialog).answers(dialog)
    }

    /// Is called and rings.
    pub fn rings(self, dialog: char) -> Script {
        let mut script = self.offered(dialog);
        script.reply(180, "Ringing", dialog);
        script
    }

    /// Is called and says nothing yet.
    pub fn offered(mut self, dialog: char) -> Script {
        let learned = self.learn(dialog, "From:");
        let names = ["to", "call"].map(|name| format!("{dialog}_{name}"));
        let own = expression(".*", "To:", &names[0]) + &expression("[^ ]+", "Call-ID:", &names[1]);
        let actions = learned + &own;
        let local = format!("[${}];tag={dialog}[call_number]", names[0]);
        self.variables.extend(names);
        let call = "[call_id]".to_owned();
        self.dialogs.push(Dialog { name: dialog, sequence: 0, description: 1, call, local, to: String::new() });
        self.receive(&format!("request=\"INVITE\" timeout=\"{}\"", 3 * STEP), &actions);
        self
    }

    /// Answers the call that rings.
    pub fn answers(mut self, dialog: char) -> Script {
        let head = format!("{}Allow: {}\nSupported: replaces\n", self.reply_head(200, "OK", dialog), self.allowed);
        self.send(true, &head, Some(&description(1, "")));
        self.receive("request=\"ACK\"", "");
        self
    }

    /// Refuses, or sends the caller elsewhere with these header lines.
    pub fn refuses(mut self, dialog: char, status: u16, headers: &str) -> Script {
        let head = self.reply_head(status, "Refused", dialog);
        let head = head.lines().filter(|line| !line.starts_with("Contact:")).collect::<Vec<_>>().join("\n");
        self.send(true, &format!("{head}\n{}", lines(headers)), None);
        self.receive("request=\"ACK\"", "");
        self
    }

    /// The call is cancelled, and it has answered already: the answer crosses the cancellation on the way.
    pub fn answers_though_cancelled(mut self, dialog: char) -> Script {
        self.receive(&format!("request=\"CANCEL\" timeout=\"{}\"", 2 * STEP), "");
        self.grant();
        let head = self.reply_head(200, "OK", dialog).replace("[last_CSeq:]", "CSeq: 1 INVITE");
        self.send(true, &head, Some(&description(1, "")));
        self.receive("request=\"ACK\"", "");
        self
    }

    /// The call is cancelled.
    pub fn is_cancelled(mut self, dialog: char) -> Script {
        self.receive(&format!("request=\"CANCEL\" timeout=\"{}\"", 2 * STEP), "");
        self.grant();
        let (from, to) = (format!("[${dialog}_from]"), self.of(dialog).1);
        let end = format!(
            "SIP/2.0 487 Request Terminated\n[last_Via:]\nFrom: {from}\nTo: {to}\n[last_Call-ID:]\nCSeq: 1 INVITE\n"
        );
        self.send(true, &end, None);
        self.receive("request=\"ACK\"", "");
        self
    }

    // --- Within a dialog ----------------------------------------------------------------------------------------------

    /// Waits.
    pub fn pause(mut self, milliseconds: u32) -> Script {
        let _ = writeln!(self.steps, "  <pause milliseconds=\"{milliseconds}\"/>");
        self
    }

    /// Hangs up.
    pub fn hangs_up(mut self, dialog: char) -> Script {
        let head = self.request("BYE", dialog);
        self.send(true, &head, None);
        self.receive("response=\"200\"", "");
        self
    }

    /// Hangs up whatever comes meanwhile: who has hung up grants nothing any more.
    pub fn hangs_up_meanwhile(mut self, dialog: char) -> Script {
        let head = self.request("BYE", dialog);
        self.send(true, &head, None);
        let [again, end] = [(); 2].map(|()| self.new_label());
        self.label(again);
        for method in ["ACK", "NOTIFY", "UPDATE", "INVITE"] {
            self.receive(&format!("request=\"{method}\" optional=\"true\" next=\"{again}\""), "");
        }
        self.jump("response=\"200\"", end);
        self.label(end);
        self
    }

    /// A call of its own still rings: from here on it may end, and is acknowledged.
    pub fn rings_on(mut self, dialog: char) -> Script {
        self.ringing = Some(dialog);
        self
    }

    /// Holds the call, or takes it back: a change with this direction (RFC 3264 section 8.4).
    pub fn changes(mut self, dialog: char, direction: &str) -> Script {
        let head = format!("{}Allow: {}\n", self.request("INVITE", dialog), self.allowed);
        let version = self.dialog(dialog).map_or(1, |dialog| {
            dialog.description += 1;
            dialog.description
        });
        self.send(true, &head, Some(&description(version, direction)));
        self.receive("response=\"100\" optional=\"true\"", "");
        self.receive("response=\"200\"", "");
        self.acknowledge(dialog);
        self
    }

    /// Asks for a transfer: what Refer-To says, and further header lines. No response is awaited yet.
    pub fn refers(mut self, dialog: char, refer_to: &str, headers: &str) -> Script {
        let head = format!("{}Refer-To: {refer_to}\n{}", self.request("REFER", dialog), lines(headers));
        self.send(true, &head, None);
        self
    }

    /// Grants what it is asked for until it is hung up; a REFER too, and then it hangs up itself, as one that has joined the two ends.
    pub fn joins_when_asked(mut self, dialog: char) -> Script {
        let asked = self.new_label();
        self.asked = Some(asked);
        let end = self.serve("request=\"BYE\"", 3 * STEP, None);
        self.asked = None;
        let over = self.new_label();
        self.label(end);
        let granted = format!("{}Contact: <sip:{}@[local_ip]:[local_port]>\n", GRANTED, self.user);
        self.send_then(false, &granted, None, Some(over));
        self.label(asked);
        self.send(false, &granted.replace("200 OK", "202 Accepted"), None);
        for (state, fragment) in [("active;expires=60", "100 Trying"), ("terminated;reason=noresource", "200 OK")] {
            let head = self.request("NOTIFY", dialog);
            let head = format!("{head}Event: refer\nSubscription-State: {state}\n");
            self.send_fragment(&head, &format!("SIP/2.0 {fragment}\n"));
            self.receive("response=\"200\"", "");
        }
        // Its two ends talk to one another: both calls end, whoever ends them first.
        let last = self.serve("request=\"BYE\"", 3 * STEP, None);
        self.label(last);
        self.grant();
        self.label(over);
        self
    }

    /// Grants what it is asked for until it is hung up; a REFER is declined.
    pub fn declines_to_join(mut self) -> Script {
        let [asked, again, over] = [(); 3].map(|()| self.new_label());
        self.label(again);
        self.asked = Some(asked);
        let end = self.serve("request=\"BYE\"", 3 * STEP, None);
        self.asked = None;
        self.label(end);
        let granted = format!("{}Contact: <sip:{}@[local_ip]:[local_port]>\n", GRANTED, self.user);
        self.send_then(false, &granted, None, Some(over));
        self.label(asked);
        self.send_then(false, &granted.replace("200 OK", "603 Decline"), None, Some(again));
        self.label(over);
        self
    }

    /// Asks for a transfer without saying where to.
    pub fn refers_to_nobody(mut self, dialog: char) -> Script {
        let head = self.request("REFER", dialog);
        self.send(true, &head, None);
        self
    }

    /// Asks for a transfer of a call that is not there, and is refused.
    pub fn refers_outside(mut self, dialog: char, number: &str, refer_to: &str) -> Script {
        let user = &self.user;
        let head = format!(
            "REFER sip:{number}@[remote_ip]:[remote_port] SIP/2.0\n{VIA}Max-Forwards: 70\n\
             From: <sip:{user}@[remote_ip]>;tag={dialog}[call_number]\nTo: <sip:{number}@[remote_ip]>\n\
             Call-ID: {dialog}///[call_id]\nCSeq: 1 REFER\nContact: <sip:{user}@[local_ip]:[local_port]>\n\
             Refer-To: {refer_to}\n"
        );
        self.send(true, &head, None);
        self.one_of(&REFUSALS);
        self
    }

    /// A response to the last request.
    pub fn told(mut self, status: u16) -> Script {
        self.receive(&format!("response=\"{status}\""), "");
        self
    }

    /// A notification of this status (RFC 3515 section 2.4.5), which it grants.
    pub fn notified(mut self, status: u16) -> Script {
        let name = format!("notified{}", self.variables.len());
        let fragment = expression_in_message(&format!("SIP/2.0 {status}"), &name);
        self.variables.push(name);
        self.receive(&format!("request=\"NOTIFY\" timeout=\"{STEP}\""), &fragment);
        self.grant();
        self
    }

    /// Grants what it is asked for until the other side has hung up so many of its dialogs.
    pub fn until_hung_up(mut self, times: u32) -> Script {
        for _ in 0..times {
            let end = self.serve("request=\"BYE\"", 3 * STEP, None);
            self.label(end);
            self.grant();
        }
        self
    }

    /// Grants what it is asked for until nothing came for this long; it must not be hung up.
    pub fn stays(mut self, milliseconds: u32) -> Script {
        let over = self.new_label();
        // A request that never comes.
        let end = self.serve("request=\"PUBLISH\"", milliseconds, Some(over));
        self.label(end);
        self.label(over);
        self
    }

    /// What of a Refer-To or Replaces names one of its own dialogs (RFC 3891 section 6.1), escaped as in an address.
    pub fn named(&self, dialog: char) -> String {
        let known = self.dialogs.iter().rev().find(|one| one.name == dialog);
        let called = known.is_some_and(|one| one.to.is_empty());
        let call = if called { format!("[${dialog}_call]") } else { format!("{dialog}///[call_id]") };
        format!("{call}%3Bto-tag%3D[${dialog}_tag]%3Bfrom-tag%3D{dialog}[call_number]")
    }

    /// Refer-To of the far end of one of its own dialogs.
    pub fn far_end(&self, dialog: char) -> String {
        format!("<[${dialog}_target]?Replaces={}>", self.named(dialog))
    }

    // --- Parts --------------------------------------------------------------------------------------------------------

    fn dialog(&mut self, name: char) -> Option<&mut Dialog> {
        self.dialogs.iter_mut().rev().find(|dialog| dialog.name == name)
    }

    fn of(&mut self, name: char) -> (String, String) {
        self.dialog(name).map(|dialog| (dialog.call.clone(), dialog.local.clone())).unwrap_or_default()
    }

    /// Any of these statuses.
    fn one_of(&mut self, statuses: &[u16]) {
        let Some((last, others)) = statuses.split_last() else { return };
        let told = self.new_label();
        for status in others {
            self.receive(&format!("response=\"{status}\" optional=\"true\" next=\"{told}\""), "");
        }
        self.jump(&format!("response=\"{last}\""), told);
        self.label(told);
    }

    /// Remembers where the other end of a dialog is, from its answer.
    fn learn(&mut self, dialog: char, header: &str) -> String {
        let names = ["from", "taken", "tag", "contact", "target"].map(|name| format!("{dialog}_{name}"));
        let actions = format!(
            "{}{}{}",
            expression(".*", header, &names[0]),
            expression("tag=([^;]*)", header, &format!("{},{}", names[1], names[2])),
            expression("&lt;([^&gt;]*)&gt;", "Contact:", &format!("{},{}", names[3], names[4]))
        );
        self.variables.extend(names);
        actions
    }

    /// The head of the next request within a dialog.
    fn request(&mut self, method: &str, name: char) -> String {
        let user = self.user.clone();
        let Some(dialog) = self.dialog(name) else { return String::new() };
        dialog.sequence += 1;
        let (call, local, sequence) = (&dialog.call, &dialog.local, dialog.sequence);
        format!(
            "{method} [${name}_target] SIP/2.0\n{VIA}Max-Forwards: 70\nFrom: {local}\nTo: [${name}_from]\n\
             Call-ID: {call}\nCSeq: {sequence} {method}\nContact: <sip:{user}@[local_ip]:[local_port]>\n"
        )
    }

    /// RFC 3261 section 17.1.1.3: within the transaction of the INVITE.
    fn acknowledgement_of_refusal(&mut self, dialog: char) -> String {
        let (call, local) = self.of(dialog);
        format!(
            "ACK sip:[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\nMax-Forwards: 70\nFrom: {local}\n[last_To:]\n\
             Call-ID: {call}\nCSeq: 1 ACK\n"
        )
    }

    fn acknowledge(&mut self, name: char) {
        let Some(dialog) = self.dialog(name) else { return };
        let (call, local, sequence) = (&dialog.call, &dialog.local, dialog.sequence);
        let head = format!(
            "ACK [${name}_target] SIP/2.0\n{VIA}Max-Forwards: 70\nFrom: {local}\nTo: [${name}_from]\n\
             Call-ID: {call}\nCSeq: {sequence} ACK\n"
        );
        self.send(false, &head, None);
    }

    fn reply_head(&mut self, status: u16, phrase: &str, dialog: char) -> String {
        let (user, local) = (self.user.clone(), self.of(dialog).1);
        format!(
            "SIP/2.0 {status} {phrase}\n[last_Via:]\n[last_Record-Route:]\n[last_From:]\nTo: {local}\n[last_Call-ID:]\n\
             [last_CSeq:]\nContact: <sip:{user}@[local_ip]:[local_port]>\n"
        )
    }

    fn reply(&mut self, status: u16, phrase: &str, dialog: char) {
        let head = self.reply_head(status, phrase, dialog);
        self.send(false, &head, None);
    }

    /// The answer to any request within a dialog.
    fn grant(&mut self) {
        let head = format!("{}Contact: <sip:{}@[local_ip]:[local_port]>\n", GRANTED, self.user);
        self.send(false, &head, None);
    }

    fn new_label(&mut self) -> u32 {
        self.labels += 1;
        self.labels
    }

    fn label(&mut self, label: u32) {
        let _ = writeln!(self.steps, "  <label id=\"{label}\"/>");
    }

    /// Grants requests until `last` comes, which leads to the label that is given back, or until `wait` is over.
    fn serve(&mut self, last: &str, wait: u32, over: Option<u32>) -> u32 {
        let [again, change, grant, ended, end] = [(); 5].map(|()| self.new_label());
        let mut bound = format!("timeout=\"{wait}\"");
        if let Some(over) = over {
            let _ = write!(bound, " ontimeout=\"{over}\"");
        }
        self.label(again);
        self.receive(&format!("request=\"ACK\" optional=\"true\" next=\"{again}\" {bound}"), "");
        self.receive(&format!("request=\"INVITE\" optional=\"true\" next=\"{change}\" {bound}"), "");
        for method in ["UPDATE", "NOTIFY", "INFO", "OPTIONS"] {
            self.receive(&format!("request=\"{method}\" optional=\"true\" next=\"{grant}\" {bound}"), "");
        }
        if let Some(asked) = self.asked {
            self.receive(&format!("request=\"REFER\" optional=\"true\" next=\"{asked}\" {bound}"), "");
        }
        if self.ringing.is_some() {
            for status in [480, 487] {
                self.receive(&format!("response=\"{status}\" optional=\"true\" next=\"{ended}\" {bound}"), "");
            }
        }
        self.receive(&format!("{last} {bound} next=\"{end}\""), "");
        if let Some(ringing) = self.ringing {
            self.label(ended);
            let ack = self.acknowledgement_of_refusal(ringing);
            self.send_then(false, &ack, None, Some(again));
        }
        self.label(change);
        let head = format!("{GRANTED}Contact: <sip:{}@[local_ip]:[local_port]>\nAllow: {}\n", self.user, self.allowed);
        self.send(true, &head, Some(&description(7, "")));
        self.jump("request=\"ACK\"", again);
        self.label(grant);
        let head = format!("{}Contact: <sip:{}@[local_ip]:[local_port]>\n", GRANTED, self.user);
        self.send_then(false, &head, None, Some(again));
        end
    }

    fn jump(&mut self, what: &str, label: u32) {
        self.receive(&format!("{what} next=\"{label}\""), "");
    }

    fn receive(&mut self, what: &str, actions: &str) {
        let _ = match actions {
            "" => writeln!(self.steps, "  <recv {what}/>"),
            _ => writeln!(self.steps, "  <recv {what}>\n    <action>\n{actions}    </action>\n  </recv>"),
        };
    }

    fn send(&mut self, again: bool, head: &str, body: Option<&str>) {
        self.send_then(again, head, body, None);
    }

    fn send_fragment(&mut self, head: &str, fragment: &str) {
        let end = format!("Content-Type: message/sipfrag;version=2.0\nContent-Length: [len]\n\n{fragment}");
        let _ = writeln!(self.steps, "  <send retrans=\"500\">\n<![CDATA[\n{head}{end}]]>\n  </send>");
    }

    fn send_then(&mut self, again: bool, head: &str, body: Option<&str>, next: Option<u32>) {
        let again = if again { " retrans=\"500\"" } else { "" };
        let next = next.map(|label| format!(" next=\"{label}\"")).unwrap_or_default();
        let end = match body {
            Some(body) => format!("Content-Type: application/sdp\nContent-Length: [len]\n\n{body}"),
            None => "Content-Length: 0\n\n".to_owned(),
        };
        let _ = writeln!(self.steps, "  <send{again}{next}>\n<![CDATA[\n{head}{end}]]>\n  </send>");
    }
}

const VIA: &str = "Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch]\n";
const GRANTED: &str = "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n";

/// Further header lines, each with its end.
fn lines(headers: &str) -> String {
    headers.lines().map(|line| format!("{line}\n")).collect()
}

/// What it speaks and where it hears.
fn description(version: u32, direction: &str) -> String {
    let direction = if direction.is_empty() { String::new() } else { format!("a={direction}\n") };
    format!(
        "v=0\no=- 1 {version} IN IP[local_ip_type] [media_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\n\
         m=audio [media_port] RTP/AVP 8 0 101\na=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000\n\
         a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=ptime:20\n{direction}"
    )
}

fn expression(pattern: &str, header: &str, names: &str) -> String {
    let place = format!("search_in=\"hdr\" header=\"{header}\" check_it=\"true\"");
    format!("      <ereg regexp=\"{pattern}\" {place} assign_to=\"{names}\"/>\n")
}

fn expression_in_message(pattern: &str, name: &str) -> String {
    format!("      <ereg regexp=\"{pattern}\" search_in=\"msg\" check_it=\"true\" assign_to=\"{name}\"/>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_numbered_within_their_dialogs() {
        let script = Script::new("both", "1001").call('a', "1002").call('b', "1003").changes('a', "sendonly");
        let text = script.hangs_up('a').hangs_up('b').text();
        let numbers = |call: &str| -> Vec<String> {
            let parts = text.split("CDATA[").filter(|part| part.contains(call));
            parts.filter_map(|part| part.split("CSeq: ").nth(1)?.lines().next().map(str::to_owned)).collect()
        };
        assert_eq!(numbers("a///"), ["1 INVITE", "1 ACK", "2 INVITE", "2 ACK", "3 BYE"]);
        assert_eq!(numbers("b///"), ["1 INVITE", "1 ACK", "2 BYE"]);
        assert!(text.contains("o=- 1 2 IN") && text.contains("a=sendonly"));
    }

    #[test]
    fn a_dialog_is_named_by_its_call_and_both_tags() {
        let script =
            Script::new("one", "1001").invite('b', "1003", "").hears_ringing('b').cancels('b').call('b', "1003");
        assert_eq!(script.named('b'), "b///[call_id]%3Bto-tag%3D[$b_tag]%3Bfrom-tag%3Db[call_number]");
    }

    #[test]
    fn every_label_is_set_once() {
        let text = Script::new("serves", "1001").called('a').stays(100).until_hung_up(2).text();
        let labels: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("<label id=")).collect();
        let mut once = labels.clone();
        once.sort_unstable();
        once.dedup();
        assert!(labels.len() == once.len() && labels.len() > 8, "{labels:?}");
    }
}
