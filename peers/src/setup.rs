//! How a server under test is set up.

use std::fmt::Write;
use std::net::IpAddr;
use std::path::Path;

use crate::certificate::Certificates;

/// What the configuration says; the rest has its defaults.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The digest algorithms in the order in which they are offered. SIPp knows MD5 alone; baresip 1.0 does too, and gives up
    /// where any other is offered beside it.
    pub digest: Vec<&'static str>,
    /// The media ports.
    pub media: &'static str,
    /// The log's filter.
    pub filter: &'static str,
    /// The addresses that the network listens on; none for those of the exchange's machine.
    pub addresses: Vec<&'static str>,
    /// The addresses that the network advertises in place of its own.
    pub advertise: Vec<&'static str>,
    /// Further lines of TOML, whole sections.
    pub more: String,
    /// Have tshark judge every packet that the server sends.
    pub judged: bool,
    /// A size of the data folder in KiB: it is then a file system of its own, that only the server sees.
    pub space: Option<u32>,
    /// The section `[tls]`, see [`Setup::with_tls`].
    pub tls: String,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            digest: vec!["MD5"],
            media: "20000-20399",
            filter: "info",
            addresses: Vec::new(),
            advertise: Vec::new(),
            more: String::new(),
            judged: true,
            space: None,
            tls: String::new(),
        }
    }
}

impl Setup {
    /// The same with TLS.
    pub fn with_tls(mut self, files: &Certificates) -> Setup {
        self.tls = format!(
            "[tls]\ncertificate = {:?}\nkey = {:?}\nauthorities = {:?}\n",
            files.certificate, files.key, files.authority
        );
        self
    }

    /// The configuration file.
    pub fn configuration(&self, data: &Path, addresses: &[IpAddr]) -> String {
        let mut text = format!("data = {data:?}\n\n[[network]]\nname = \"site\"\n");
        let own = || addresses.iter().map(ToString::to_string).collect();
        let named: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        let addresses = if named.is_empty() { own() } else { named };
        let _ = writeln!(text, "addresses = {addresses:?}\ndigest = {:?}\n", self.digest);
        if !self.advertise.is_empty() {
            let _ = writeln!(text, "advertise = {:?}\n", self.advertise);
        }
        let _ = writeln!(text, "[ports.services.media]\nport = \"{}\"\n", self.media);
        let _ = writeln!(text, "[log]\nfilter = \"{}\"\n", self.filter);
        text + &self.tls + &self.more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_is_set() {
        let setup =
            Setup { digest: vec!["SHA-256", "MD5"], more: "[sip]\nrealm = \"x\"\n".to_owned(), ..Setup::default() };
        let text =
            setup.configuration(Path::new("/d"), &["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()]);
        assert!(text.starts_with("data = \"/d\"\n") && text.ends_with("realm = \"x\"\n"));
        assert!(text.contains("addresses = [\"192.0.2.1\", \"2001:db8::1\"]\ndigest = [\"SHA-256\", \"MD5\"]\n"));
    }
}
