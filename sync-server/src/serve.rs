//! `samsyn serve`: puts the parts together, and takes them apart again without losing anything.
//!
//! Boundary: the order of starting and stopping. Each part is in a file of its own.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::assets::Embedded;
#[cfg(unix)]
use crate::backup::door;
use crate::config::{LogFormat, MetricsPlace, ServeArgs};
use crate::data::LOG;
use crate::http::ops::Numbers;
use crate::http::{Ops, Site, router};
use crate::listen::{self, Ceilings, House, Place, Speech};
use crate::log::{Log, LogError, SledLog, sled};
use crate::relay::{self, Running};
use crate::tls::{self, Identity, TlsError, Wanted};
use crate::ws::Patience;

pub mod welcome;

/// How long a stop may take before the process ends anyway. What is acknowledged is on the disk by then.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Who reads numbers is one program, or a few.
const METRICS_CEILINGS: Ceilings = Ceilings {
    total: 64,
    per_address: 64,
};
/// Threads that may wait for the disk while reading.
const READERS: usize = 16;

/// Why the relay did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The log cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The port cannot be had.
    #[error("cannot listen on {place}: {error}. {advice}")]
    Listen {
        /// Where.
        place: String,
        /// What the system said.
        error: io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// There is no home folder to keep data in.
    #[error("there is no data folder on this system; name one with --data DIR")]
    NoDataFolder,
    /// The log level is none.
    #[error("“{0}” is no log level: write error, warn, info or debug")]
    LogLevel(String),
    /// The certificate will not do.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Something else of the system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves until a signal comes.
///
/// # Errors
/// When it cannot start.
pub fn run(args: &ServeArgs) -> Result<(), ServeError> {
    start_logging(args)?;
    raise_handles(args.max_connections);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(READERS)
        .build()?;
    let served = runtime.block_on(async {
        let asked = signal()?;
        let stop = async {
            if args.until_stdin_ends {
                tokio::select! {
                    stop = asked => stop,
                    stop = stdin_ended() => stop,
                }
            } else {
                asked.await
            }
        };
        serve_until(args, stop).await
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

fn start_logging(args: &ServeArgs) -> Result<(), ServeError> {
    let filter = tracing_subscriber::EnvFilter::try_new(&args.log_level);
    let filter = filter.map_err(|_| ServeError::LogLevel(args.log_level.clone()))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    // A second subscriber in one process is refused; the first one stays, and that is all right.
    let _ = match args.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    Ok(())
}

/// Files and what the runtime needs, besides one handle a connection.
const OTHER_HANDLES: u64 = 64;

/// Systems start programs with room for about a thousand connections, and let them ask for more.
fn raise_handles(connections: usize) {
    let needed = connections as u64 + OTHER_HANDLES;
    match rlimit::increase_nofile_limit(needed) {
        Ok(limit) if limit < needed => {
            tracing::warn!(
                limit,
                needed,
                "the system allows fewer connections than asked for"
            );
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files could not be read"),
    }
}

async fn serve_until(
    args: &ServeArgs,
    stop: impl Future<Output = io::Result<()>>,
) -> Result<(), ServeError> {
    let data = data_folder(args)?;
    let log = open_log(&data).await?;
    let args = &ServeArgs {
        data: Some(data.clone()),
        ..args.clone()
    };
    let server = Server::start(args, log.clone(), Patience::default())?;
    let (close, closed) = watch::channel(false);
    let door = open_door(&data, log, closed);
    welcome::print(&mut io::stdout().lock(), args, &server, &data)?;
    tokio::select! {
        stopped = stop => stopped?,
        () = renewals(&server, args) => {}
    }
    tracing::info!("stopping: finishing what is being written, then closing connections");
    close.send_replace(true);
    server.stop().await;
    if let Some(door) = door {
        let _ = timeout(STOP_TIMEOUT, door).await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Without it the relay serves as well, and has to be stopped for a backup.
#[cfg(unix)]
fn open_door(
    data: &Path,
    log: Arc<SledLog>,
    closed: watch::Receiver<bool>,
) -> Option<JoinHandle<()>> {
    match door::open(data) {
        Ok(listener) => Some(tokio::spawn(door::serve(
            listener,
            data.to_owned(),
            log,
            closed,
        ))),
        Err(error) => {
            tracing::warn!(%error, "backups will need a stop: the socket for them cannot be made");
            None
        }
    }
}

#[cfg(not(unix))]
fn open_door(_: &Path, _: Arc<SledLog>, _: watch::Receiver<bool>) -> Option<JoinHandle<()>> {
    None
}

/// The folder that was asked for, or the platform's.
fn data_folder(args: &ServeArgs) -> Result<PathBuf, ServeError> {
    if let Some(folder) = &args.data {
        return Ok(folder.clone());
    }
    let folders = directories::ProjectDirs::from("", "", "samsyn");
    let folders = folders.ok_or(ServeError::NoDataFolder)?;
    Ok(folders.data_dir().to_owned())
}

async fn open_log(data: &Path) -> Result<Arc<SledLog>, ServeError> {
    let folder = data.join(LOG);
    let open = move || SledLog::open(&folder, sled::CACHE_BYTES);
    let log = tokio::task::spawn_blocking(open).await;
    Ok(Arc::new(log.map_err(io::Error::other)??))
}

/// A relay that listens; the tests start one in their own process.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// SHA-256 of the certificate, if it speaks TLS.
    pub fingerprint: Option<String>,
    /// Where it tells its numbers, if on a port of their own.
    pub metrics_address: Option<SocketAddr>,
    running: Running,
    accepting: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    certificate: Option<watch::Sender<Arc<ServerConfig>>>,
}

impl Server {
    /// Starts a relay over a log. What it tells of its data folder is told of `args.data`.
    ///
    /// # Errors
    /// When the port cannot be had, or the system gives no thread.
    pub fn start(
        args: &ServeArgs,
        log: Arc<dyn Log>,
        patience: Patience,
    ) -> Result<Self, ServeError> {
        let identity = identity(args)?;
        let listener = bind(args.listen)?;
        let address = listener.local_addr()?;
        let metrics = match args.metrics {
            MetricsPlace::Off | MetricsPlace::Same => None,
            MetricsPlace::At(address) => Some(bind(Place::At(address))?),
        };
        let metrics_address = metrics.as_ref().map(TcpListener::local_addr).transpose()?;
        let running = relay::start(log, args.limits())?;
        let numbers = match args.metrics {
            MetricsPlace::Same => Numbers::Shown,
            MetricsPlace::Off | MetricsPlace::At(_) => Numbers::Hidden,
        };
        let ops = Ops::new(running.relay.clone(), args.data.clone(), numbers);
        let apart = Ops {
            numbers: Numbers::Shown,
            ..ops.clone()
        };
        let site = Site {
            ops,
            relay: running.relay.clone(),
            files: Arc::new(Embedded),
            origins: Arc::new(args.origins()),
            patience,
        };
        let (stop, stopped) = watch::channel(false);
        let fingerprint = identity.as_ref().map(|it| it.fingerprint.clone());
        let (certificate, speech) = match identity {
            None => (None, Speech::Plain),
            Some(identity) => {
                let (change, changed) = watch::channel(identity.config);
                (Some(change), Speech::Tls(changed))
            }
        };
        let house = House {
            ceilings: args.ceilings(),
            speech,
            head: patience.head,
            write: patience.write,
        };
        let serve = listen::serve(listener, router(site), house.clone(), stopped.clone());
        let mut accepting = vec![tokio::spawn(serve)];
        if let Some(listener) = metrics {
            let house = House {
                ceilings: METRICS_CEILINGS,
                speech: Speech::Plain,
                ..house
            };
            let serve = listen::serve(listener, apart.routes(), house, stopped);
            accepting.push(tokio::spawn(serve));
        }
        Ok(Self {
            address,
            fingerprint,
            metrics_address,
            running,
            accepting,
            stop,
            certificate,
        })
    }

    /// Reads the certificate again; connections that are open keep the old one.
    ///
    /// # Errors
    /// When the new one will not do; the old one stays.
    pub fn renew(&self, args: &ServeArgs) -> Result<(), TlsError> {
        if let (Some(certificate), Some(identity)) = (&self.certificate, identity(args)?) {
            certificate.send_replace(identity.config);
        }
        Ok(())
    }

    /// Accepts nothing more, finishes what is on its way to the disk, closes every connection with a reason.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let stopping = async {
            for accepting in self.accepting {
                let _ = accepting.await;
            }
            self.running.stop().await;
        };
        if timeout(STOP_TIMEOUT, stopping).await.is_err() {
            tracing::warn!("some connections did not close in time");
        }
    }
}

/// What to speak TLS with; none for plain HTTP.
fn identity(args: &ServeArgs) -> Result<Option<Identity>, TlsError> {
    let Some(wanted) = args.tls()? else {
        return Ok(None);
    };
    let data = args.data.as_deref().unwrap_or(Path::new("."));
    let names = match wanted {
        Wanted::SelfMade => welcome::names(args),
        Wanted::Given { .. } => Vec::new(),
    };
    tls::identity(&wanted, data, &names).map(Some)
}

fn bind(place: Place) -> Result<TcpListener, ServeError> {
    listen::bind(place).map_err(|error| refused(place, error))
}

fn refused(place: Place, error: io::Error) -> ServeError {
    let advice = advice(error.kind());
    let place = match place {
        Place::Everywhere(port) => format!("port {port}"),
        Place::At(address) => address.to_string(),
    };
    ServeError::Listen {
        place,
        error,
        advice,
    }
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the system's errors are not ours to list"
)]
fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::AddrInUse => {
            "Is a samsyn running already? Choose another port with --listen."
        }
        io::ErrorKind::PermissionDenied => {
            "Ports below 1024 need more rights; choose a higher one."
        }
        io::ErrorKind::AddrNotAvailable => "That address is not this machine's.",
        _ => "Choose another place with --listen.",
    }
}

/// Waits on a thread of its own: one of the runtime's would hold up the end of the process until a line comes.
async fn stdin_ended() -> io::Result<()> {
    let (ended, wait) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().spawn(move || {
        let read = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(read.map(drop));
    })?;
    wait.await.map_err(io::Error::other)?
}

/// SIGHUP: the certificate has been renewed. Without one that signal ends the relay, as it ends other programs.
#[cfg(unix)]
async fn renewals(server: &Server, args: &ServeArgs) {
    use tokio::signal::unix::{SignalKind, signal};
    if server.certificate.is_none() {
        return std::future::pending().await;
    }
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return std::future::pending().await;
    };
    while hangup.recv().await.is_some() {
        match server.renew(args) {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => tracing::error!(%error, "the old certificate stays"),
        }
    }
}

#[cfg(not(unix))]
async fn renewals(_: &Server, _: &ServeArgs) {
    std::future::pending().await
}

/// Resolves when the relay is asked to stop. Listens from the moment it is called, so that a stop in the midst of
/// starting is no kill.
#[cfg(unix)]
pub(crate) fn signal() -> io::Result<impl Future<Output = io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}

/// Waits until a person asks this process to end.
#[cfg(not(unix))]
pub(crate) fn signal() -> io::Result<impl Future<Output = io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}
