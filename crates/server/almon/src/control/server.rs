//! The server's end of the admin socket.

use super::client::SOCKET;
use super::office::Office;
use super::protocol::{Answer, LONGEST_LINE, Request};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// Administrators at once.
const CLIENTS: usize = 32;
/// A client that says nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the socket in the data folder. An old one is a leftover: the folder's lock says that no other server lives.
pub fn open(data: &Path) -> io::Result<UnixListener> {
    let path = data.join(SOCKET);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers clients until the task is dropped.
pub async fn serve(listener: UnixListener, office: Rc<Office>) {
    let places = Arc::new(Semaphore::new(CLIENTS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let office = office.clone();
        tokio::task::spawn_local(async move {
            let _place = place;
            if let Err(error) = client(stream, &office).await {
                tracing::debug!(%error, "an administrator's connection broke");
            }
        });
    }
}

async fn client(mut stream: UnixStream, office: &Office) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader.take(LONGEST_LINE as u64));
    loop {
        let mut line = Vec::new();
        let read = tokio::time::timeout(PATIENCE, reader.read_until(b'\n', &mut line)).await??;
        if read == 0 {
            return Ok(());
        }
        let answer = match serde_json::from_slice::<Request>(&line) {
            Ok(request) => office.answer(request).await,
            Err(error) => Answer::Refused(vec![format!("not a request of this version: {error}")]),
        };
        let mut bytes = serde_json::to_vec(&answer)?;
        bytes.push(b'\n');
        writer.write_all(&bytes).await?;
        reader.get_mut().set_limit(LONGEST_LINE as u64);
    }
}
