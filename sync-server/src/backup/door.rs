//! The relay's own door for those who look after it: a socket in the data folder that only its user can open.
//!
//! Boundary: it takes one request, a backup, and streams it to the program that asked, which writes the files. So the
//! relay needs no right to write anywhere else, and a backup needs no right to stop it.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::watch;

use super::send::{Damage, send};
use super::stream::Frame;
use crate::log::{LogError, SledLog};

/// How long the other side may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is asked for.
const REQUEST: &str = "backup 1\n";

/// Where the door is.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("admin").join("socket")
}

/// Opens the door. Whoever has the log's lock may: what is left of an earlier one is removed.
///
/// # Errors
/// When the socket cannot be made, for example because its path is too long for the system.
pub fn open(data: &Path) -> io::Result<UnixListener> {
    let path = path(data);
    let folder = path.parent().unwrap_or(data);
    // The folder is closed to others before there is a socket in it.
    if !folder.exists() {
        DirBuilder::new().mode(0o700).create(folder)?;
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers one request after the other until told to stop; then the socket is gone.
pub async fn serve(
    listener: UnixListener,
    data: PathBuf,
    log: Arc<SledLog>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let stream = accepted.and_then(|(stream, _)| stream.into_std());
        let (log, stopped) = (log.clone(), stop.clone());
        let answered = tokio::task::spawn_blocking(move || answer(&log, stream?, &stopped)).await;
        match answered {
            Ok(Ok(())) => tracing::info!("a backup was handed out"),
            Ok(Err(error)) => tracing::warn!(%error, "a backup was not finished"),
            Err(_) => tracing::error!("a backup stopped by itself"),
        }
    }
    let _ = fs::remove_file(path(&data));
}

fn answer(log: &SledLog, stream: UnixStream, stop: &watch::Receiver<bool>) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    let mut head = BufReader::new(&stream).take(REQUEST.len() as u64);
    head.read_line(&mut request)?;
    let mut out = BufWriter::new(&stream);
    if request != REQUEST {
        Frame::Failed("the relay is of another version; use its own samsyn".to_owned())
            .write(&mut out)?;
        return out.flush();
    }
    let sent = send(log, Damage::Refuse, |frame| {
        if *stop.borrow() {
            return Err(Unsent("the relay is stopping; try again".to_owned()));
        }
        frame
            .write(&mut out)
            .map_err(|error| Unsent(error.to_string()))
    });
    if let Err(Unsent(why)) = sent {
        let _ = Frame::Failed(why.clone()).write(&mut out);
        let _ = out.flush();
        return Err(io::Error::other(why));
    }
    out.flush()
}

/// Why a backup was not finished.
struct Unsent(String);

impl From<LogError> for Unsent {
    fn from(error: LogError) -> Self {
        Self(error.to_string())
    }
}

/// Asks the relay over `data` for a backup; none if there is none that runs.
///
/// # Errors
/// When it is there and may not be asked.
pub fn ask(data: &Path) -> io::Result<Option<BufReader<UnixStream>>> {
    let mut stream = match UnixStream::connect(path(data)) {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
        Err(_) => return Ok(None),
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(REQUEST.as_bytes())?;
    Ok(Some(BufReader::new(stream)))
}
