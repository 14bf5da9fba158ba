//! tshark, the judge: captures at the exchange, and reads back what was sent.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::namespace::{HUB, Host};
use crate::program::{Program, until};

/// How long the capture may take to begin and to end.
const BOUND: Duration = Duration::from_secs(10);
/// How long the kernel may hold a packet back.
const SETTLE: Duration = Duration::from_millis(400);
/// Buffer of the kernel in MiB, for a machine that is busy.
const BUFFER: &str = "32";

/// A capture of everything that passes the exchange's interface.
pub struct Capture {
    file: PathBuf,
    program: Program,
    open: bool,
}

/// An RTP packet.
#[derive(Clone, Debug)]
pub struct Packet {
    /// When, in seconds.
    pub at: f64,
    /// Source and destination with their ports.
    pub from: (IpAddr, u16),
    /// See `from`.
    pub to: (IpAddr, u16),
    /// The source's identifier.
    pub ssrc: u64,
    /// Sequence number, extended past its wrap by tshark.
    pub sequence: u64,
    /// Timestamp.
    pub timestamp: u64,
    /// Payload type.
    pub kind: u8,
    /// Differentiated services code point.
    pub dscp: u8,
    /// Payload.
    pub payload: Vec<u8>,
}

impl Capture {
    /// Begins to capture at the exchange's machine.
    ///
    /// # Panics
    ///
    /// When the capture does not begin.
    pub fn start(host: &Host) -> Capture {
        Capture::on(host, HUB)
    }

    /// Begins to capture at an interface of any machine.
    ///
    /// # Panics
    ///
    /// When the capture does not begin.
    pub fn on(host: &Host, interface: &str) -> Capture {
        let file = host.folder("capture").join(format!("{interface}.pcap"));
        let mut command = Command::new("dumpcap");
        command.args(["-i", interface, "-q", "-P", "-B", BUFFER, "-w"]).arg(&file);
        let mut program = host.start(&format!("dumpcap-{interface}"), command);
        until("the capture begins", BOUND, || {
            assert!(program.ended().is_none(), "dumpcap ended: {}", program.log());
            program.log().contains("File:").then_some(())
        });
        Capture { file, program, open: true }
    }

    /// Ends it; what was captured can then be read.
    ///
    /// # Panics
    ///
    /// When it does not end well.
    pub fn stop(&mut self) {
        if self.open {
            // The kernel hands packets over in blocks, and dumpcap leaves an open block behind when it ends.
            thread::sleep(SETTLE);
            self.program.signal(Signal::INT);
            let status = self.program.wait(BOUND).expect("dumpcap ends when asked to");
            assert!(status.success(), "dumpcap: {status}: {}", self.program.log());
            self.open = false;
        }
    }

    /// The fields of every packet that passes the display filter, a row each; a field that is not there is empty.
    ///
    /// # Panics
    ///
    /// When tshark fails.
    pub fn fields(&self, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
        self.fields_with(&[], filter, fields)
    }

    fn fields_with(&self, options: &[&str], filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
        let mut command = Command::new("timeout");
        command.args(["60", "tshark", "-n", "-r"]).arg(&self.file).args([
            "-Y",
            filter,
            "-T",
            "fields",
            "-E",
            "separator=/t",
        ]);
        command.args(options);
        // Of several occurrences of a field, as in a tunnel, the first.
        command.args(["-E", "occurrence=f"]);
        fields.iter().for_each(|field| {
            command.args(["-e", field]);
        });
        let output = command.output().expect("tshark is installed");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tshark -Y {filter:?}: {}: {told}", output.status);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    }

    /// How many packets pass the display filter.
    pub fn count(&self, filter: &str) -> usize {
        self.fields(filter, &["frame.number"]).len()
    }

    /// What tshark finds wrong in packets from these addresses: a line each.
    ///
    /// An answer repeats header fields of its request (RFC 3261 section 8.2.6.2): in a TCP connection whose other side has sent
    /// what tshark cannot dissect, a faulty answer proves nothing and is left out.
    pub fn faults(&self, from: &[IpAddr]) -> Vec<String> {
        const FAULTY: &str = "(_ws.malformed || _ws.expert.severity == \"Error\")";
        let others = self.fields(&format!("tcp && !({}) && {FAULTY}", sent_by(from)), &["tcp.stream"]);
        let fields = ["tcp.stream", "frame.number", "frame.protocols", "_ws.expert.message", "_ws.col.Info"];
        // What an ICMP error quotes is cut off, and sent by whoever had closed its port.
        let rows = self.fields(&format!("({}) && {FAULTY} && !icmp && !icmpv6", sent_by(from)), &fields);
        let proves = |row: &&Vec<String>| row[0].is_empty() || !others.iter().any(|other| other[0] == row[0]);
        rows.iter().filter(proves).map(|row| row[1..].join(" | ")).collect()
    }

    /// Checks that packets from these addresses were captured and that tshark dissects every one of them.
    ///
    /// # Panics
    ///
    /// When it does not: with what it says.
    pub fn judge(&self, from: &[IpAddr]) {
        assert!(self.count(&sent_by(from)) > 0, "the capture is empty");
        let faults = self.faults(from);
        assert!(faults.is_empty(), "tshark finds {} faulty packets:\n{}", faults.len(), faults.join("\n"));
    }

    /// The RTP packets that pass the display filter, also those whose session description tshark has not seen. Those that an
    /// ICMP error quotes, because they came for a port that was closed already, are not among them.
    ///
    /// # Panics
    ///
    /// When tshark prints what is no packet.
    pub fn rtp(&self, filter: &str) -> Vec<Packet> {
        let fields = [
            "frame.time_epoch",
            "ip.src",
            "ipv6.src",
            "udp.srcport",
            "ip.dst",
            "ipv6.dst",
            "udp.dstport",
            "rtp.ssrc",
            "rtp.extseq",
            "rtp.timestamp",
            "rtp.p_type",
            "ip.dsfield.dscp",
            "ipv6.tclass.dscp",
            "rtp.payload",
        ];
        let filter = format!("rtp && !icmp && !icmpv6 && ({filter})");
        let rows = self.fields_with(&["--enable-heuristic", "rtp_udp"], &filter, &fields);
        rows.iter().map(|row| packet(row).unwrap_or_else(|| panic!("no RTP packet: {row:?}"))).collect()
    }
}

/// A display filter of packets that come from these addresses.
fn sent_by(addresses: &[IpAddr]) -> String {
    let one = |address: &IpAddr| match address {
        IpAddr::V4(address) => format!("ip.src == {address}"),
        IpAddr::V6(address) => format!("ipv6.src == {address}"),
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(" || ")
}

fn packet(row: &[String]) -> Option<Packet> {
    let either = |v4: usize, v6: usize| row.get(v4).filter(|text| !text.is_empty()).or(row.get(v6));
    let number = |index: usize| {
        let text = row.get(index)?;
        text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |hex| u64::from_str_radix(hex, 16).ok())
    };
    Some(Packet {
        at: row.first()?.parse().ok()?,
        from: (either(1, 2)?.parse().ok()?, u16::try_from(number(3)?).ok()?),
        to: (either(4, 5)?.parse().ok()?, u16::try_from(number(6)?).ok()?),
        ssrc: number(7)?,
        sequence: number(8)?,
        timestamp: number(9)?,
        kind: u8::try_from(number(10)?).ok()?,
        dscp: either(11, 12)?.parse().ok()?,
        payload: bytes(row.get(13).map_or("", String::as_str)),
    })
}

/// Bytes as tshark prints them: hexadecimal digits, with colons or without.
fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.bytes().filter_map(|byte| char::from(byte).to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_tshark_is_read() {
        let text = "1.5\t\t2001:db8::1\t20000\t\t2001:db8::11\t4000\t0x0000002a\t65537\t320\t8\t\t46\td5:55";
        let row: Vec<String> = text.split('\t').map(str::to_owned).collect();
        let packet = packet(&row).unwrap();
        assert_eq!((packet.from.1, packet.to.1, packet.ssrc, packet.sequence), (20000, 4000, 42, 65537));
        assert_eq!((packet.kind, packet.dscp, packet.payload.as_slice()), (8, 46, &[0xD5, 0x55][..]));
        assert!(super::packet(&row[..4]).is_none());
    }
}
