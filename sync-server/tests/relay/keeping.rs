//! What those who look after a relay's data can do with it, as the real binary.

#![cfg(unix)]

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::client::{Client, hash};
use crate::process::Process;
use crate::support::{board, envelope};

/// Runs `samsyn` with these words, and the folders behind them.
pub fn samsyn(words: &[&str], folders: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samsyn"));
    command.args(words).args(folders).output().unwrap()
}

pub fn said(output: &Output) -> String {
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// A relay over the folder takes these and is stopped.
async fn fill(data: &Path, count: u32) {
    let keys = board(1);
    let relay = Process::start(data);
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    for n in 1..=count {
        anna.push(n, &envelope(&keys, &format!("lapp {n}"))).await;
        anna.acked(n).await;
    }
    assert!(relay.stop().0);
}

#[tokio::test]
async fn inspecting_tells_every_board_and_its_exit_code_what_was_found() {
    let data = tempfile::tempdir().unwrap();
    let nothing = samsyn(&["inspect"], &[data.path()]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(said(&nothing).contains("there are no boards"));
    fill(data.path(), 5).await;
    let whole = samsyn(&["inspect", "--json"], &[data.path()]);
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    let report: serde_json::Value = serde_json::from_slice(&whole.stdout).unwrap();
    let id = board(1).board().to_string();
    assert_eq!(report["boards"][0]["board"], id.as_str());
    assert_eq!(report["boards"][0]["entries"], 5);
    let running = Process::start(data.path());
    let used = samsyn(&["inspect"], &[data.path()]);
    assert_eq!(used.status.code(), Some(1));
    assert!(said(&used).contains("a relay is using"), "{}", said(&used));
    drop(running);
}

#[tokio::test]
async fn a_relay_over_damaged_data_refuses_to_start_and_says_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    fill(data.path(), 5).await;
    let db = data.path().join("log").join("db");
    let cut = fs::read(&db).unwrap();
    let cut = &cut[..cut.len() / 3];
    fs::write(&db, cut).unwrap();
    let refused = Process::fail(data.path());
    assert_eq!(refused.status.code(), Some(7));
    let words = said(&refused);
    assert!(words.contains("damaged") && words.contains("samsyn inspect"));
    assert!(fs::read(&db).unwrap() == cut, "it is left as it was");
    let looked = samsyn(&["inspect"], &[data.path()]);
    assert_eq!(looked.status.code(), Some(7));
    assert!(said(&looked).contains("Put back a backup"));
}

#[tokio::test]
async fn a_backup_made_while_others_write_has_all_that_was_acknowledged_before() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("copy"));
    let relay = Process::start(&data);
    let keys = [board(1), board(2)];
    let mut before = Vec::new();
    for keys in &keys {
        let (mut anna, _) = Client::open(relay.address, keys, None).await;
        for n in 1..=40 {
            let sealed = envelope(keys, &format!("lapp {n}"));
            anna.push(n, &sealed).await;
            anna.acked(n).await;
            before.push((keys.board(), hash(&sealed)));
        }
    }
    let (mut bo, _) = Client::open(relay.address, &keys[0], None).await;
    let writing = async {
        for n in 1.. {
            bo.push(n, &envelope(&keys[0], &format!("under tiden {n}")))
                .await;
            bo.acked(n).await;
        }
    };
    let (from, to) = (data.clone(), out.clone());
    let saving = tokio::task::spawn_blocking(move || samsyn(&["backup"], &[&from, &to]));
    let saved = tokio::select! {
        () = writing => unreachable!("it writes on and on"),
        saved = saving => saved.unwrap(),
    };
    assert!(saved.status.success(), "{}", said(&saved));
    assert!(relay.stop().0);
    assert_eq!(samsyn(&["inspect"], &[&out]).status.code(), Some(0));

    let restored = Process::start(&out);
    let mut found = HashSet::new();
    for keys in &keys {
        let (mut anna, _) = Client::open(restored.address, keys, None).await;
        // `pull` checks every chain.
        for item in anna.pull(None).await {
            found.insert((keys.board(), hash(&item.envelope)));
        }
    }
    assert!(before.iter().all(|entry| found.contains(entry)));
}

#[tokio::test]
async fn the_door_for_backups_is_closed_to_others_and_gone_after_a_stop() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let mut killed = Process::start(data.path());
    killed.kill();
    let relay = Process::start(data.path());
    let socket = data.path().join("admin").join("socket");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&socket), 0o600);
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
    assert!(relay.stop().0);
    assert!(!socket.exists());
}

#[test]
fn a_file_of_settings_counts_and_one_that_is_wrong_ends_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("samsyn.toml");
    fs::write(&file, "max-boards = 3\n").unwrap();
    let refused = samsyn(&["serve", "--config"], &[&file]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("there is no setting “max-boards”"));
    // A setting of the file reaches the relay: it refuses this one when it starts.
    fs::write(&file, "tls-cert = 'cert.pem'\nlisten = '127.0.0.1:0'\n").unwrap();
    let data = folder.path().join("data");
    let refused = samsyn(&["serve", "--data"], &[&data, Path::new("--config"), &file]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("--tls-key"), "{}", said(&refused));
}
