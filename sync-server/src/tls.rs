//! Certificates: given ones, or one that is made once for a room and kept in the data folder.
//!
//! Boundary: files in, rustls's configuration out. Handshakes happen in `listen`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use crate::log::Day;

/// How long a self-made certificate is good for. Apple's devices refuse those of more than 825 days.
const DAYS: u32 = 820;
/// So many days before its end a self-made certificate is made anew.
const RENEW: u32 = 30;
const UNTIL: &str = "valid until day ";

/// Which certificate was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one in these files.
    Given {
        /// Certificates in PEM, the relay's own first.
        cert: PathBuf,
        /// Its private key in PEM.
        key: PathBuf,
    },
    /// One that the relay makes and keeps.
    SelfMade,
}

/// What a port needs to speak TLS.
#[derive(Clone, Debug)]
pub struct Identity {
    /// For rustls.
    pub config: Arc<ServerConfig>,
    /// SHA-256 of the certificate, as browsers show it.
    pub fingerprint: String,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("cannot use {}: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// There is none in it.
    #[error("{} holds no {what} in PEM form (a text that begins with -----BEGIN)", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// They do not belong together, or are of a kind that is not supported.
    #[error("{} and {} cannot be used together: {why}. Is the key this certificate's?", .cert.display(), .key.display())]
    Unfit {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What rustls said.
        why: String,
    },
    /// One of two flags is missing.
    #[error(
        "--tls-cert and --tls-key go together; to have the relay make a certificate, use only --tls-self-made"
    )]
    Flags,
    /// It could not be made.
    #[error("no certificate could be made: {0}")]
    Making(String),
}

fn file(path: &Path, error: io::Error) -> TlsError {
    let path = path.to_owned();
    TlsError::File { path, error }
}

/// Loads or makes what was asked for. `names` are what a self-made certificate is for.
///
/// # Errors
/// A sentence for the one who named the files.
pub fn identity(wanted: &Wanted, data: &Path, names: &[String]) -> Result<Identity, TlsError> {
    match wanted {
        Wanted::Given { cert, key } => load(cert, key),
        Wanted::SelfMade => {
            let (cert, key) = (self_made(data), data.join("tls").join("key.pem"));
            if !is_good(&cert, &key, Day::today()) {
                make(&cert, &key, names, Day::today())?;
            }
            load(&cert, &key)
        }
    }
}

/// Where the self-made certificate is, for devices that shall trust it.
#[must_use]
pub fn self_made(data: &Path) -> PathBuf {
    data.join("tls").join("cert.pem")
}

fn load(cert: &Path, key: &Path) -> Result<Identity, TlsError> {
    let text = fs::read(cert).map_err(|error| file(cert, error))?;
    let certs: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certs = certs.unwrap_or_default();
    let Some(first) = certs.first() else {
        let (path, what) = (cert.to_owned(), "certificate");
        return Err(TlsError::Empty { path, what });
    };
    let digest = Sha256::digest(first);
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    let text = fs::read(key).map_err(|error| file(key, error))?;
    let secret = PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let (path, what) = (key.to_owned(), "private key");
        TlsError::Empty { path, what }
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(certs, secret)
        });
    let mut config = config.map_err(|error| TlsError::Unfit {
        cert: cert.to_owned(),
        key: key.to_owned(),
        why: error.to_string(),
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Identity {
        config: Arc::new(config),
        fingerprint: pairs.join(":"),
    })
}

/// Whether there is a self-made certificate that will last for a while.
fn is_good(cert: &Path, key: &Path, today: Day) -> bool {
    let text = fs::read_to_string(cert).unwrap_or_default();
    let until = text.lines().find_map(|line| line.split_once(UNTIL));
    let until = until.and_then(|(_, day)| day.trim().parse().ok());
    key.exists() && until.is_some_and(|day: u32| day > today.0.saturating_add(RENEW))
}

fn make(cert: &Path, key: &Path, names: &[String], today: Day) -> Result<(), TlsError> {
    let making = |error: rcgen::Error| TlsError::Making(error.to_string());
    let mut params = CertificateParams::new(names).map_err(making)?;
    params.distinguished_name = DistinguishedName::new();
    let name = names.first().map_or("samsyn", String::as_str);
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let date = |day: Day| {
        let (year, month, day) = day.civil();
        rcgen::date_time_ymd(year, month, day)
    };
    // A device whose clock is slow must not be turned away.
    params.not_before = date(Day(today.0.saturating_sub(2)));
    let until = Day(today.0.saturating_add(DAYS - 2));
    params.not_after = date(until);
    let pair = KeyPair::generate().map_err(making)?;
    let made = params.self_signed(&pair).map_err(making)?;
    let folder = key.parent().unwrap_or(key);
    private_folder(folder).map_err(|error| file(folder, error))?;
    write_private(key, &pair.serialize_pem()).map_err(|error| file(key, error))?;
    let text = format!(
        "Made by samsyn for {}.\nRemove this file to have it made anew; {UNTIL}{}\n{}",
        names.join(", "),
        until.0,
        made.pem()
    );
    fs::write(cert, text).map_err(|error| file(cert, error))
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A new file that nobody else may read from its first moment on.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["localhost".to_owned(), "127.0.0.1".to_owned()]
    }

    #[test]
    fn a_self_made_certificate_is_made_once_and_its_key_is_private() {
        let data = tempfile::tempdir().unwrap();
        let first = identity(&Wanted::SelfMade, data.path(), &names()).unwrap();
        let again = identity(&Wanted::SelfMade, data.path(), &names()).unwrap();
        assert_eq!(first.fingerprint, again.fingerprint);
        assert_eq!(first.fingerprint.len(), 32 * 3 - 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let key = fs::metadata(data.path().join("tls/key.pem")).unwrap();
            assert_eq!(key.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_self_made_certificate_is_made_anew_before_it_ends() {
        let data = tempfile::tempdir().unwrap();
        let (cert, key) = (self_made(data.path()), data.path().join("tls/key.pem"));
        make(&cert, &key, &names(), Day(20_000)).unwrap();
        assert!(is_good(&cert, &key, Day(20_000 + DAYS - RENEW - 3)));
        assert!(!is_good(&cert, &key, Day(20_000 + DAYS - RENEW - 2)));
    }

    #[test]
    fn files_that_will_not_do_are_said() {
        let data = tempfile::tempdir().unwrap();
        identity(&Wanted::SelfMade, data.path(), &names()).unwrap();
        let (cert, key) = (self_made(data.path()), data.path().join("tls/key.pem"));
        let other = tempfile::tempdir().unwrap();
        identity(&Wanted::SelfMade, other.path(), &names()).unwrap();
        let said = |cert: &Path, key: &Path| load(cert, key).unwrap_err().to_string();
        assert!(said(&key, &key).contains("no certificate"));
        assert!(said(&cert, &cert).contains("no private key"));
        assert!(said(&cert, Path::new("nowhere.pem")).contains("nowhere.pem"));
        let foreign = other.path().join("tls/key.pem");
        assert!(said(&cert, &foreign).contains("Is the key this certificate's?"));
    }
}
