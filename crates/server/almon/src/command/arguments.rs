//! What can be written on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use ground::Utc;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The configuration file that is read when none is named.
pub(super) const USUAL_CONFIGURATION: &str = "/etc/almon/almon.toml";

/// Almon, the open enterprise telephone exchange.
#[derive(Debug, Parser)]
#[command(name = "almon", version, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// The configuration file [default: /etc/almon/almon.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data folder, in place of the one in the configuration
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Print JSON for programs instead of tables for people
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the exchange in the foreground
    Run,
    /// Run a demo exchange with five extensions and print how to use it
    Demo {
        /// Listen on this address of the machine too [default: the loopback and the main network address]
        #[arg(long, value_name = "ADDRESS")]
        address: Vec<IpAddr>,
    },
    /// Show the port plan, or check it
    Ports(PortsArguments),
    /// Print an annotated example configuration, or check yours
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Extensions: numbers of users and their telephones
    #[command(subcommand)]
    Extension(ExtensionCommand),
    /// Trunks: SIP lines to other exchanges and networks
    #[command(subcommand)]
    Trunk(TrunkCommand),
    /// Routes: which dialled prefixes leave over which trunks
    #[command(subcommand)]
    Route(RouteCommand),
    /// Service numbers: echo, music, announcements
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Emergency numbers and the routes over which they leave
    #[command(subcommand)]
    Emergency(EmergencyCommand),
    /// Settings of the whole site
    Settings(SettingsArguments),
    /// Bring the site to what a file says; `almon export` prints such a file
    Apply(ApplyArguments),
    /// Print the site as a file that `almon apply` reads
    Export {
        /// With the digests of passwords: whoever reads them can register as any extension
        #[arg(long)]
        with_secrets: bool,
    },
    /// The last change sets, what one of them changed, or the way back
    History(HistoryArguments),
    /// Registered telephones
    Registrations,
    /// Calls in progress, records of past ones, or the end of one
    Calls(CallsArguments),
    /// The ladder of a call: every message and event
    Trace {
        /// The call, as `almon calls` names it
        call: String,
        /// With the whole messages
        #[arg(long)]
        full: bool,
    },
    /// What becomes of a call and why: every rule that won and lost
    Explain(ExplainArguments),
    /// How the server is
    Status,
    /// Find out what is wrong
    Doctor,
    /// Feed a journal to this build and compare what comes out with what came out then
    Replay(ReplayArguments),
    /// Read the configuration file again and apply what can change while calls go on
    Reload,
    /// Take no new calls, wait for the last one, then stop the server
    Drain,
}

#[derive(Debug, Args)]
pub(super) struct PortsArguments {
    #[command(subcommand)]
    pub command: Option<PortsCommand>,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t = PortsFormat::Table)]
    pub format: PortsFormat,
}

#[derive(Debug, Subcommand)]
pub(super) enum PortsCommand {
    /// Refuse collisions, and say which planned ports a running server has open
    Check,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PortsFormat {
    /// For people
    Table,
    /// For programs
    Json,
    /// For documentation: PORTS.md
    Markdown,
    /// A rule set for nft -f
    Nftables,
    /// Commands for firewall-cmd
    Firewalld,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print an annotated example with every setting and its default
    Example,
    /// Check the configuration against itself and this machine
    Check,
}

#[derive(Debug, Subcommand)]
pub(super) enum ExtensionCommand {
    /// Add an extension; its password is printed once, or read from standard input
    Add {
        /// The directory number
        number: String,
        #[command(flatten)]
        values: ExtensionValues,
        /// Read the password from the first line of standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change an extension
    Change {
        /// The directory number
        number: String,
        #[command(flatten)]
        values: ExtensionValues,
        /// Make a new password and print it
        #[arg(long, conflicts_with = "password_stdin")]
        new_password: bool,
        /// Read a new password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List extensions with their telephones
    List,
    /// Remove extensions
    Remove {
        /// The directory numbers
        #[arg(required = true)]
        numbers: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct ExtensionValues {
    /// The name shown to others
    #[arg(long)]
    pub name: Option<String>,
    /// How many telephones may register at once, 1 to 8
    #[arg(long, value_name = "N")]
    pub max_terminals: Option<u8>,
    /// May call numbers outside of the exchange
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub external_calls: Option<bool>,
    /// While it talks, a further call rings
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub call_waiting: Option<bool>,
    /// The most calls of the number at once, 1 to 100; 0 for no limit
    #[arg(long, value_name = "N")]
    pub max_calls: Option<u8>,
    /// The group whose members may take each other's ringing calls, from 1; 0 for none
    #[arg(long, value_name = "N")]
    pub pickup_group: Option<u16>,
}

#[derive(Debug, Subcommand)]
pub(super) enum TrunkCommand {
    /// Add a trunk
    Add {
        /// Its name
        name: String,
        #[command(flatten)]
        values: TrunkValues,
    },
    /// Change a trunk
    Change {
        /// Its name
        name: String,
        #[command(flatten)]
        values: TrunkValues,
    },
    /// List trunks
    List,
    /// Remove a trunk
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct TrunkValues {
    /// Where requests are sent: address and port
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub address: Option<SocketAddr>,
    /// udp, tcp or tls
    #[arg(long)]
    pub transport: Option<String>,
    /// The network of the configuration out of which it is reached
    #[arg(long)]
    pub network: Option<String>,
    /// Further addresses from which its calls come; may be given several times
    #[arg(long = "source", value_name = "ADDRESS")]
    pub sources: Vec<IpAddr>,
    /// Its calls may leave over routes again
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub transit: Option<bool>,
    /// Follow its redirections (3xx); otherwise they are failures
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub follow_redirects: Option<bool>,
    /// The other end may transfer calls (REFER)
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub may_transfer: Option<bool>,
    /// Ask it to join the two ends of a transferred call when both are on it (REFER)
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub transfers_itself: Option<bool>,
    /// The most calls at once; 0 for no limit
    #[arg(long, value_name = "N")]
    pub max_calls: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RouteCommand {
    /// Add a route
    Add {
        /// Its name
        name: String,
        #[command(flatten)]
        values: RouteValues,
    },
    /// Change a route
    Change {
        /// Its name
        name: String,
        #[command(flatten)]
        values: RouteValues,
    },
    /// List routes
    List,
    /// Remove a route
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct RouteValues {
    /// What dialled numbers begin with
    #[arg(long)]
    pub prefix: Option<String>,
    /// The fewest digits of a complete number, prefix included
    #[arg(long, value_name = "N")]
    pub min_digits: Option<u8>,
    /// The most digits
    #[arg(long, value_name = "N")]
    pub max_digits: Option<u8>,
    /// A trunk to try, in this order: NAME, or NAME,strip=N,prepend=DIGITS; may be given several times
    #[arg(long, value_name = "TRUNK")]
    pub via: Vec<String>,
    /// When it is open, in the site's local time, as "mon-fri 08:00-18:00"; may be given several times; "always" for no limit
    #[arg(long, value_name = "HOURS")]
    pub hours: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ServiceCommand {
    /// Add a service number
    Add {
        /// The number
        number: String,
        /// echo, music, or announcement:NAME
        kind: String,
    },
    /// Change what a service number does
    Change {
        /// The number
        number: String,
        /// echo, music, or announcement:NAME
        kind: String,
    },
    /// List service numbers
    List,
    /// Remove a service number
    Remove {
        /// The number
        number: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum EmergencyCommand {
    /// Add an emergency number
    Add {
        /// The number as dialled
        number: String,
        /// The route over which it leaves
        #[arg(long)]
        route: String,
    },
    /// Lead an emergency number over another route
    Change {
        /// The number
        number: String,
        /// The route over which it leaves
        #[arg(long)]
        route: String,
    },
    /// List emergency numbers
    List,
    /// Remove an emergency number
    Remove {
        /// The number
        number: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct SettingsArguments {
    /// Seconds that a telephone rings before the caller is told that nobody answers
    #[arg(long, value_name = "SECONDS")]
    pub no_answer: Option<u16>,
    /// Seconds between two digits
    #[arg(long, value_name = "SECONDS")]
    pub inter_digit: Option<u16>,
    /// Play an announcement to callers of numbers that are not in use
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub announce_vacant: Option<bool>,
    /// Minutes after which a call is ended; 0 for the built-in 24 hours
    #[arg(long, value_name = "MINUTES")]
    pub longest_call: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct ApplyArguments {
    /// The file, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub plan: bool,
    /// Only if the site is still at this revision, the one that a plan was shown for
    #[arg(long, value_name = "REVISION")]
    pub base: Option<u64>,
    /// Remove what the file does not name; otherwise it is left alone, unless the file says `[site] complete = true`
    #[arg(long)]
    pub remove: bool,
}

#[derive(Debug, Args)]
pub(super) struct HistoryArguments {
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,
    /// At most so many
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
}

#[derive(Debug, Subcommand)]
pub(super) enum HistoryCommand {
    /// What the change set that led to a revision changed
    Show {
        /// The revision
        revision: u64,
    },
    /// Bring the configuration back to what it was at a revision; that is a new revision. Registrations stay
    Rollback {
        /// The revision
        revision: u64,
        /// Show what would change, and change nothing
        #[arg(long)]
        plan: bool,
        /// Only if the site is still at this revision
        #[arg(long, value_name = "REVISION")]
        base: Option<u64>,
    },
}

#[derive(Debug, Args)]
pub(super) struct CallsArguments {
    #[command(subcommand)]
    pub command: Option<CallsCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum CallsCommand {
    /// Call records: a table of the last ones, or all of them for other programs
    Records(RecordsArguments),
    /// End a call
    Clear {
        /// The call
        call: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// A file of the journal [default: the youngest in the data folder]
    pub journal: Option<PathBuf>,
    /// Stop after so many records
    #[arg(long, value_name = "N")]
    pub until: Option<u64>,
    /// Print each record and what came out of it
    #[arg(long)]
    pub outputs: bool,
}

#[derive(Debug, Args)]
pub(super) struct RecordsArguments {
    /// How to print them [default: table]
    #[arg(long, value_enum)]
    pub format: Option<RecordsFormat>,
    /// Only calls that began at this time or later: 2026-03-01, or 2026-03-01T09:05Z, or 2026-03-01T10:05:00+01:00
    #[arg(long, value_name = "TIME", value_parser = super::time::parse)]
    pub since: Option<Utc>,
    /// Only calls that began before this time
    #[arg(long, value_name = "TIME", value_parser = super::time::parse)]
    pub until: Option<Utc>,
    /// Only calls with this number as caller, dialled or connected
    #[arg(long, value_name = "NUMBER")]
    pub number: Option<String>,
    /// At most so many [default: 20; all of them for csv and sql]
    #[arg(long)]
    pub limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RecordsFormat {
    /// For people, the newest first
    Table,
    /// For programs, the newest first
    Json,
    /// Comma separated values with a line of columns, the oldest first
    Csv,
    /// Statements for PostgreSQL and SQLite, the oldest first
    Sql,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// Who calls: the number of an extension, or with --via any number
    #[arg(value_name = "FROM")]
    pub from: String,
    /// What is dialled
    #[arg(value_name = "TO")]
    pub to: String,
    /// When: fri 18:00 or 2026-12-24 18:00 on the site's clocks, or 2026-12-24T18:00:00+01:00 [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The call comes in over this trunk
    #[arg(long, value_name = "TRUNK")]
    pub via: Option<String>,
}

fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text {
        "yes" | "y" | "true" | "t" | "1" => Ok(true),
        "no" | "n" | "false" | "f" | "0" => Ok(false),
        _ => Err("yes or no"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
