//! baresip: a user agent with sound, driven through its control socket.
//!
//! It refuses the loopback, so it always stands on a host of its own. What it says comes from a WAV file, what it hears is
//! recorded by its sndfile module.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::almon::password;
use crate::audio::{read_wav, write_wav};
use crate::certificate::Certificates;
use crate::namespace::Host;
use crate::program::{Program, until};

/// Where its control socket is, on the loopback of its host.
const CONTROL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4444);
/// How long it may take to start, to register, to report an event.
const BOUND: Duration = Duration::from_secs(10);
/// Where Debian keeps its modules.
const MODULES: &str = "/usr/lib/baresip/modules";

/// A SIP transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A protected stream.
    Tls,
}

/// How a telephone is set up.
#[derive(Clone, Debug)]
pub struct Phone<'a> {
    /// Its extension.
    pub number: &'a str,
    /// Its password; none for that of [`password`].
    pub password: Option<&'a str>,
    /// The exchange.
    pub server: IpAddr,
    /// How it reaches the exchange.
    pub transport: Transport,
    /// It answers by itself.
    pub answers: bool,
    /// Its codecs, best first.
    pub codecs: &'a str,
    /// What it says: 8 kHz, longer than the call.
    pub says: &'a [i16],
    /// The authority that vouches for the exchange, for TLS.
    pub certificates: Option<&'a Certificates>,
}

impl<'a> Phone<'a> {
    /// A telephone on UDP that says this.
    pub fn new(number: &'a str, server: &Host, says: &'a [i16]) -> Phone<'a> {
        let (transport, codecs) = (Transport::Udp, "pcma,pcmu");
        Phone {
            number,
            password: None,
            server: server.v4(),
            transport,
            answers: false,
            codecs,
            says,
            certificates: None,
        }
    }

    /// The same, answering by itself.
    pub fn answering(mut self) -> Self {
        self.answers = true;
        self
    }

    /// The same over another transport.
    pub fn over(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    fn account(&self) -> String {
        let transport = format!("{:?}", self.transport).to_lowercase();
        let number = self.number;
        let secret = self.password.map_or_else(|| password(number), str::to_owned);
        let answers = if self.answers { "auto" } else { "manual" };
        let host = SocketAddr::new(self.server, 0).to_string();
        let host = host.strip_suffix(":0").unwrap_or(&host);
        format!(
            "<sip:{number}@{host};transport={transport}>;auth_user={number};auth_pass={secret};answermode={answers};\
             audio_codecs={};regint=600;ptime=20\n",
            self.codecs.replace(',', "/8000/1,") + "/8000/1"
        )
    }

    fn config(&self, host: &Host, wave: &str, recordings: &str) -> String {
        let own = SocketAddr::new(host.like(self.server), 5060);
        let mut lines: Vec<String> = vec![
            "poll_method epoll".into(),
            format!("sip_listen {own}"),
            "call_local_timeout 120\ncall_max_calls 4\naudio_buffer 20\naudio_path /nonexistent".into(),
            format!("audio_source aufile,{wave}\naudio_player aubridge,sink\naudio_alert aubridge,alert"),
            "ausrc_format s16\nauplay_format s16\nauenc_format s16\naudec_format s16".into(),
            "rtp_tos 184\nrtp_timeout 60\njitter_buffer_delay 1-2\nnet_interface cable".into(),
            format!("net_prefer_ipv6 {}", if self.server.is_ipv6() { "yes" } else { "no" }),
            format!("module_path {MODULES}"),
            "module g711.so\nmodule sndfile.so\nmodule aufile.so\nmodule aubridge.so".into(),
            "module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so".into(),
            format!("ctrl_tcp_listen {CONTROL}\nsnd_path {recordings}"),
        ];
        if let Some(files) = self.certificates {
            lines.push(format!("sip_certificate {}\nsip_cafile {}", files.both.display(), files.authority.display()));
        }
        lines.join("\n") + "\n"
    }
}

/// A running telephone.
pub struct Baresip {
    program: Program,
    control: TcpStream,
    told: Arc<Mutex<Vec<Value>>>,
    taken: BTreeMap<String, usize>,
    recordings: PathBuf,
    tokens: u32,
}

impl Baresip {
    /// Starts a telephone and waits until it has registered.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn start(host: &Host, phone: &Phone<'_>) -> Baresip {
        let telephone = Baresip::start_unregistered(host, phone);
        // This may have happened before the control socket was connected: no event would tell.
        until("baresip has registered", BOUND, || telephone.log().contains(" 200 OK (").then_some(()));
        telephone
    }

    /// Starts a telephone and does not wait for its registration.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start_unregistered(host: &Host, phone: &Phone<'_>) -> Baresip {
        let folder = host.folder(&format!("baresip-{}", phone.number));
        let recordings = folder.join("heard");
        std::fs::create_dir_all(&recordings).expect("a folder in /tmp");
        let wave = folder.join("says.wav");
        write_wav(&wave, phone.says).expect("a file in /tmp");
        let config = phone.config(host, &wave.display().to_string(), &recordings.display().to_string());
        for (name, text) in [("config", config), ("accounts", phone.account()), ("contacts", String::new())] {
            std::fs::write(folder.join(name), text).expect("a file in /tmp");
        }
        let mut command = Command::new("baresip");
        command.arg("-f").arg(&folder);
        let mut program = host.start(&format!("baresip-{}", phone.number), command);
        let control = until("baresip's control socket", BOUND, || {
            assert!(program.ended().is_none(), "baresip ended: {}", program.log());
            host.inside(|| TcpStream::connect(CONTROL)).ok()
        });
        let told = Arc::new(Mutex::new(Vec::new()));
        let (reader, kept) = (control.try_clone().expect("a socket is cloned"), told.clone());
        thread::spawn(move || listen(reader, &kept));
        Baresip { program, control, told, taken: BTreeMap::new(), recordings, tokens: 0 }
    }

    /// Gives a command of baresip's menu and waits for its answer.
    ///
    /// # Panics
    ///
    /// When there is none, or it is no.
    pub fn command(&mut self, command: &str, parameters: &str) {
        self.tokens += 1;
        let token = self.tokens.to_string();
        let text = json!({ "command": command, "params": parameters, "token": token }).to_string();
        let sent = self.control.write_all(format!("{}:{text},", text.len()).as_bytes());
        assert!(sent.is_ok(), "baresip has closed its control socket: {}", self.program.log());
        let answer = until(&format!("baresip's answer to {command}"), BOUND, || {
            let told = self.told.lock().ok()?;
            told.iter().find(|told| told["token"] == token.as_str()).cloned()
        });
        assert_eq!(answer["ok"], true, "{command} {parameters}: {answer}");
    }

    /// Calls.
    pub fn dial(&mut self, number: &str) {
        self.command("dial", number);
    }

    /// Hangs up, cancels or declines.
    pub fn hang_up(&mut self) {
        self.command("hangup", "");
    }

    /// Answers the call that rings.
    pub fn accept(&mut self) {
        self.command("accept", "");
    }

    /// Waits for the next event of this kind; each is given once.
    ///
    /// # Panics
    ///
    /// When it does not come.
    pub fn event(&mut self, kind: &str) -> Value {
        let next = self.taken.get(kind).copied().unwrap_or_default();
        let event = until(&format!("baresip tells {kind}"), BOUND, || self.events(kind).get(next).cloned());
        self.taken.insert(kind.to_owned(), next + 1);
        event
    }

    /// All events of this kind so far.
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let told = self.told.lock().map(|told| told.clone()).unwrap_or_default();
        told.into_iter().filter(|event| event["type"] == kind).collect()
    }

    /// What it heard, a recording each time its sound was started, oldest first.
    ///
    /// # Panics
    ///
    /// When it has recorded nothing that can be read.
    pub fn heard(&self) -> Vec<Vec<i16>> {
        self.recorded("dec")
    }

    /// What it said, likewise.
    ///
    /// # Panics
    ///
    /// When it has recorded nothing that can be read.
    pub fn said(&self) -> Vec<Vec<i16>> {
        self.recorded("enc")
    }

    fn recorded(&self, way: &str) -> Vec<Vec<i16>> {
        let entries = std::fs::read_dir(&self.recordings).expect("the folder is there");
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.to_string_lossy().ends_with(&format!("{way}.wav")));
        files.sort();
        files.iter().map(|file| read_wav(file).expect("a recording").1).collect()
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        self.program.log()
    }

    /// Ends it as a power failure does: it does not unregister.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    /// Ends it: it hangs up and unregisters.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub fn quit(&mut self) {
        assert!(self.program.stop(BOUND).is_some(), "baresip does not end");
    }
}

/// Reads netstrings until the socket closes.
fn listen(socket: TcpStream, told: &Mutex<Vec<Value>>) {
    let mut reader = BufReader::new(socket);
    while let Some(text) = netstring(&mut reader) {
        let (Ok(value), Ok(mut told)) = (serde_json::from_slice(&text), told.lock()) else { return };
        told.push(value);
    }
}

/// `LENGTH:BYTES,`
fn netstring(reader: &mut impl Read) -> Option<Vec<u8>> {
    let (mut length, mut byte) = (0_usize, [0]);
    loop {
        reader.read_exact(&mut byte).ok()?;
        match byte[0] {
            b':' => break,
            digit @ b'0'..=b'9' if length < 1 << 20 => length = length * 10 + usize::from(digit - b'0'),
            _ => return None,
        }
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).ok()?;
    reader.read_exact(&mut byte).ok()?;
    (byte[0] == b',').then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netstrings_are_read() {
        let mut text = &b"2:{},11:{\"a\": true},9:"[..];
        assert_eq!(netstring(&mut text).unwrap(), b"{}");
        assert_eq!(netstring(&mut text).unwrap(), b"{\"a\": true}");
        assert!(netstring(&mut text).is_none(), "the socket was closed");
        assert!(netstring(&mut &b"99999999999:"[..]).is_none());
    }

    #[test]
    fn an_account_names_its_transport_and_codecs() {
        let phone = Phone {
            number: "1001",
            password: Some("x"),
            server: "2001:db8::1".parse().unwrap(),
            transport: Transport::Tls,
            answers: true,
            codecs: "pcma,pcmu",
            says: &[],
            certificates: None,
        };
        let account = phone.account();
        assert!(account.starts_with("<sip:1001@[2001:db8::1];transport=tls>;auth_user=1001;auth_pass=x;"), "{account}");
        assert!(account.contains(";answermode=auto;audio_codecs=pcma/8000/1,pcmu/8000/1;"), "{account}");
    }
}
