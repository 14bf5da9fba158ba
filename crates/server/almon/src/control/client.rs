//! The command line's end of the admin socket.

use super::protocol::{Answer, LONGEST_LINE, Request};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The name of the socket in the data folder.
pub const SOCKET: &str = "almon.sock";
/// How long an answer may take: draining waits for the last call.
const PATIENCE: Duration = Duration::from_secs(3700);

/// Why there is no answer.
#[derive(Debug)]
pub enum ClientError {
    /// Nobody listens.
    NotRunning {
        /// The socket.
        socket: PathBuf,
    },
    /// The socket belongs to another user.
    NotPermitted {
        /// The socket.
        socket: PathBuf,
    },
    /// The connection broke.
    Broken(io::Error),
    /// The answer is none that this version knows.
    Strange(serde_json::Error),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::NotRunning { socket } => {
                write!(f, "no server answers at {}: is it running, and is --data its data folder?", socket.display())
            }
            ClientError::NotPermitted { socket } => {
                write!(f, "{} belongs to another user: run this as the server's user or as root", socket.display())
            }
            ClientError::Broken(error) => write!(f, "the server hung up: {error}"),
            ClientError::Strange(error) => write!(f, "the server is of another version: {error}"),
        }
    }
}

impl std::error::Error for ClientError {}

/// Asks the server whose data folder this is.
pub fn ask(data: &Path, request: &Request) -> Result<Answer, ClientError> {
    let socket = data.join(SOCKET);
    let mut stream = UnixStream::connect(&socket).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => ClientError::NotPermitted { socket },
        _ => ClientError::NotRunning { socket },
    })?;
    let mut line = serde_json::to_vec(request).map_err(ClientError::Strange)?;
    line.push(b'\n');
    stream.set_read_timeout(Some(PATIENCE)).map_err(ClientError::Broken)?;
    stream.write_all(&line).map_err(ClientError::Broken)?;
    let mut answer = Vec::new();
    let mut reader = BufReader::new(stream.take(LONGEST_LINE as u64));
    reader.read_until(b'\n', &mut answer).map_err(ClientError::Broken)?;
    if answer.is_empty() {
        return Err(ClientError::Broken(io::ErrorKind::UnexpectedEof.into()));
    }
    serde_json::from_slice(&answer).map_err(ClientError::Strange)
}
