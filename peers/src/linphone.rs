//! linphonec: a second user agent, by other authors, driven through its standard input. Its sound is files.

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::almon::password;
use crate::audio::{read_wav, write_wav};
use crate::baresip::Transport;
use crate::namespace::Host;
use crate::program::{Program, until};

/// How long it may take to start, to register, to report what happened.
const BOUND: Duration = Duration::from_secs(15);

/// A running telephone.
pub struct Linphone {
    program: Program,
    recording: PathBuf,
    seen: usize,
}

impl Linphone {
    /// Starts a telephone of an extension that says `says`, and waits until it has registered.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn start(host: &Host, server: &Host, number: &str, transport: Transport, says: &[i16]) -> Linphone {
        let folder = host.folder("linphone");
        let (wave, recording, config) = (folder.join("says.wav"), folder.join("heard.wav"), folder.join("linphonerc"));
        write_wav(&wave, says).expect("a file in /tmp");
        std::fs::write(&config, configuration(number, &server.v4().to_string(), transport)).expect("a file in /tmp");
        for kept in [".local/share/linphone", ".config/linphone"] {
            std::fs::create_dir_all(folder.join(kept)).expect("a folder in /tmp");
        }
        let mut command = Command::new("linphonec");
        command.env("HOME", &folder).arg("-c").arg(&config);
        let program = host.start("linphonec", command);
        let mut telephone = Linphone { program, recording: recording.clone(), seen: 0 };
        until("linphonec has registered", BOUND, || {
            telephone.say("status register");
            telephone.log().contains("registered, identity=").then_some(())
        });
        telephone.say("soundcard use files");
        telephone.say(&format!("record {}", recording.display()));
        telephone.say(&format!("play {}", wave.display()));
        telephone
    }

    /// Gives a command of its shell.
    ///
    /// # Panics
    ///
    /// When it has ended.
    pub fn say(&mut self, line: &str) {
        assert!(self.program.say(line).is_ok(), "linphonec has ended");
        // Its shell takes a line each turn of its main loop.
        thread::sleep(Duration::from_millis(150));
    }

    /// Waits until it prints something with these words, after what was waited for before.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn told(&mut self, words: &str) {
        self.seen = until(&format!("linphonec prints {words:?}"), BOUND, || {
            assert!(self.program.ended().is_none(), "linphonec ended");
            let log = self.program.log();
            let found = log.get(self.seen..)?.find(words)?;
            Some(self.seen + found + words.len())
        });
    }

    /// What it heard, at 8 kHz.
    ///
    /// # Panics
    ///
    /// When it has recorded nothing that can be read.
    pub fn heard(&self) -> Vec<i16> {
        let (rate, samples) = read_wav(&self.recording).expect("a recording");
        // Its recorder runs at the rate of the sound card that is not there.
        samples.chunks_exact((rate / 8000).max(1)).map(mean).collect()
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        self.program.log()
    }
}

fn mean(samples: &[i16]) -> i16 {
    (samples.iter().map(|sample| i32::from(*sample)).sum::<i32>() / samples.len() as i32) as i16
}

fn configuration(number: &str, server: &str, transport: Transport) -> String {
    let transport = format!("{transport:?}").to_lowercase();
    let ports = match transport.as_str() {
        "tcp" => "sip_port=0\nsip_tcp_port=5060\nsip_tls_port=0",
        _ => "sip_port=5060\nsip_tcp_port=0\nsip_tls_port=0",
    };
    format!(
        "[sip]\n{ports}\ndefault_proxy=0\nguess_hostname=1\n\
         [net]\nmtu=1300\n\
         [proxy_0]\nreg_proxy=<sip:{server};transport={transport}>\nreg_identity=sip:{number}@{server}\n\
         reg_expires=600\nreg_sendregister=1\npublish=0\n\
         [auth_info_0]\nusername={number}\npasswd={}\nrealm=almon\ndomain={server}\nalgorithm=MD5\n\
         [rtp]\naudio_rtp_port=7078\n[sound]\necho_cancellation=0\n[video]\nenabled=0\n\
         [audio_codec_0]\nmime=PCMA\nrate=8000\nchannels=1\nenabled=1\n\
         [audio_codec_1]\nmime=PCMU\nrate=8000\nchannels=1\nenabled=1\n{}",
        password(number),
        without_lossy_codecs()
    )
}

/// Two linphones would choose a codec that keeps no wave form, and sounds are compared by theirs.
fn without_lossy_codecs() -> String {
    let codecs = [("opus", 48000, 2), ("speex", 32000, 1), ("speex", 16000, 1), ("speex", 8000, 1)];
    let sections = codecs.iter().enumerate().map(|(at, (name, rate, channels))| {
        format!("[audio_codec_{}]\nmime={name}\nrate={rate}\nchannels={channels}\nenabled=0\n", at + 2)
    });
    sections.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_proxy_and_credentials() {
        let text = configuration("1001", "192.0.2.1", Transport::Tcp);
        assert!(text.contains("reg_proxy=<sip:192.0.2.1;transport=tcp>") && text.contains("sip_tcp_port=5060"));
        assert!(text.contains("passwd=secret-of-1001"));
    }
}
