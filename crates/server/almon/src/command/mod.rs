//! The command line.

mod arguments;
mod calls;
mod change;
mod doctor;
mod explain;
mod listing;
mod paint;
mod ports;
mod records;
mod replay;
mod site;
mod table;
mod time;
mod trace;

use crate::configuration::{self, Configuration, ConfigurationError, Site};
use crate::control::client::{ClientError, ask};
use crate::control::protocol::{Answer, Request};
use arguments::{Arguments, Command, ConfigCommand, HistoryArguments};
use clap::Parser;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Why a command failed. Every variant prints as one clear message.
#[derive(Debug)]
pub enum CommandError {
    /// The configuration cannot be used.
    Configuration(configuration::ConfigurationError),
    /// The server does not answer.
    Client(ClientError),
    /// The server refused, and why.
    Refused(Vec<String>),
    /// The server answered something else than was asked.
    Unexpected,
    /// An argument that only makes sense together with what the server knows.
    Argument(String),
    /// Something did not pass a check; it was printed.
    CheckFailed,
    /// The server could not start.
    Start(Box<crate::start::StartError>),
    /// The terminal or a file.
    Io(io::Error),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Configuration(error) => write!(f, "{error}"),
            CommandError::Client(error) => write!(f, "{error}"),
            CommandError::Refused(reasons) => {
                write!(f, "refused, nothing was changed")?;
                reasons.iter().try_for_each(|reason| write!(f, "\n  {reason}"))
            }
            CommandError::Unexpected => write!(f, "the server is of another version"),
            CommandError::Argument(text) => write!(f, "{text}"),
            CommandError::CheckFailed => write!(f, "the check failed"),
            CommandError::Start(error) => write!(f, "{error}"),
            CommandError::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for CommandError {}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        CommandError::Io(error)
    }
}

impl From<ClientError> for CommandError {
    fn from(error: ClientError) -> Self {
        CommandError::Client(error)
    }
}

/// Runs the command of this process's arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output has gone, as `head` does: not worth a word.
        Err(CommandError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "almon: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Where to find the server and how to print.
pub(crate) struct Context {
    config: Option<PathBuf>,
    data: Option<PathBuf>,
    json: bool,
}

impl Context {
    /// The configuration file that counts: the one named, else the data folder's own (the demo leaves one there), else the
    /// usual one, each if it exists, else the defaults.
    fn configuration_read(&self) -> Result<(Configuration, PathBuf), ConfigurationError> {
        let own = self.data.as_ref().map(|data| data.join(crate::demo::CONFIGURATION));
        let usual = Some(PathBuf::from(arguments::USUAL_CONFIGURATION));
        let found = self.config.clone().or_else(|| [own, usual].into_iter().flatten().find(|path| path.exists()));
        let mut configuration = match &found {
            Some(path) => Configuration::read(path)?,
            None => Configuration::default(),
        };
        if let Some(data) = &self.data {
            configuration.data = data.clone();
        }
        Ok((configuration, found.unwrap_or_else(|| PathBuf::from(arguments::USUAL_CONFIGURATION))))
    }

    fn configuration(&self) -> Result<(Configuration, PathBuf), CommandError> {
        self.configuration_read().map_err(CommandError::Configuration)
    }

    /// The configuration, checked against this machine.
    fn site(&self) -> Result<Site, CommandError> {
        self.site_read().map_err(CommandError::Configuration)
    }

    fn site_read(&self) -> Result<Site, ConfigurationError> {
        let (configuration, path) = self.configuration_read()?;
        let ephemeral = crate::start::ephemeral_ports();
        Site::new(configuration, ephemeral.as_deref())
            .map_err(|problems| ConfigurationError::Invalid { path, problems })
    }

    /// Asks the running server.
    fn ask(&self, request: &Request) -> Result<Answer, CommandError> {
        let data = match &self.data {
            Some(data) => data.clone(),
            None => self.configuration()?.0.data,
        };
        match ask(&data, request)? {
            Answer::Refused(reasons) => Err(CommandError::Refused(reasons)),
            answer => Ok(answer),
        }
    }
}

fn run(arguments: Arguments) -> Result<(), CommandError> {
    let context = Context { config: arguments.config, data: arguments.data, json: arguments.json };
    let out = &mut io::stdout().lock();
    match arguments.command {
        Command::Run => {
            let site = context.site()?;
            let reread = Context { config: context.config, data: context.data, json: context.json };
            crate::start::run(site, Some(Box::new(move || reread.site_read())), None)
                .map_err(|error| CommandError::Start(Box::new(error)))
        }
        Command::Demo { address } => {
            let data = context.data.unwrap_or_else(|| PathBuf::from("data"));
            crate::demo::run(&data, &address).map_err(|error| CommandError::Start(Box::new(error)))
        }
        Command::Ports(command) => ports::run(&context, command, out),
        Command::Config(ConfigCommand::Example) => Ok(out.write_all(configuration::example().as_bytes())?),
        Command::Config(ConfigCommand::Check) => {
            context.site()?;
            Ok(writeln!(out, "the configuration is good")?)
        }
        Command::Extension(command) => change::extension(&context, command, out),
        Command::Trunk(command) => change::trunk(&context, command, out),
        Command::Route(command) => change::route(&context, command, out),
        Command::Service(command) => change::service(&context, command, out),
        Command::Emergency(command) => change::emergency(&context, command, out),
        Command::Settings(settings) => change::settings(&context, settings, out),
        Command::Apply(arguments) => site::apply(&context, arguments, out),
        Command::Export { with_secrets } => site::export(&context, with_secrets, out),
        Command::History(HistoryArguments { command: None, limit }) => listing::history(&context, limit, out),
        Command::History(HistoryArguments { command: Some(command), .. }) => site::history(&context, command, out),
        Command::Registrations => listing::registrations(&context, out),
        Command::Calls(command) => calls::run(&context, command, out),
        Command::Trace { call, full } => trace::run(&context, &call, full, out),
        Command::Explain(arguments) => explain::run(&context, &arguments, out),
        Command::Status => listing::status(&context, out),
        Command::Doctor => doctor::run(&context, out),
        Command::Replay(arguments) => replay::run(&context, arguments, out),
        Command::Reload => match context.ask(&Request::Reload)? {
            Answer::Reloaded(lines) => Ok(lines.iter().try_for_each(|line| writeln!(out, "{line}"))?),
            _ => Err(CommandError::Unexpected),
        },
        Command::Drain => match context.ask(&Request::Drain)? {
            Answer::Done => Ok(writeln!(out, "the last call has ended; the server stops")?),
            _ => Err(CommandError::Unexpected),
        },
    }
}
