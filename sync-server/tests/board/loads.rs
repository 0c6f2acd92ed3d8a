//! `samsyn bench`: each load, small, on a server of its own, with figures that add up; and a server that never stays.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::program::{Relay, binary, run};

fn bench(workload: &[&str]) -> Value {
    let args = [&["bench"], workload, &["--json"]].concat();
    let report = run(&args).json();
    let help = run(&["bench", workload[0], "--help"]).ok();
    for field in report.as_object().unwrap().keys() {
        assert!(
            help.contains(&format!("  {field} ")),
            "{field} is in {help}"
        );
    }
    report
}

fn number(report: &Value, field: &str) -> f64 {
    let value = report[field].as_f64();
    value.unwrap_or_else(|| panic!("{field} is a number in {report}"))
}

/// Figures that come from `/proc`.
fn check_memory(report: &Value, field: &str) {
    if cfg!(target_os = "linux") {
        assert!(number(report, field) > 1e6, "{field}: {report}");
    } else {
        assert_eq!(report[field], Value::Null);
        assert!(report["remarks"][0].as_str().unwrap().contains("/proc"));
    }
}

#[test]
fn everything_that_a_room_writes_is_acknowledged_and_reaches_everybody_else() {
    let report = bench(&["room", "3", "--every", "250", "--seconds", "1"]);
    assert_eq!(report["workload"], "room");
    assert_eq!(number(&report, "pushes"), 12.0);
    assert_eq!(report["acks"], report["pushes"]);
    assert_eq!(number(&report, "deliveries"), 12.0 * 2.0);
    assert_eq!(report["expected"], report["deliveries"]);
    for none in ["refusals", "strange", "lost"] {
        assert_eq!(number(&report, none), 0.0, "{none}: {report}");
    }
    for what in ["ack", "receipt"] {
        let at = |quantile: &str| number(&report, &format!("{what}_{quantile}_ms"));
        assert!(at("p50") > 0.0 && at("p50") <= at("p99") && at("p99") <= at("max"));
    }
    check_memory(&report, "server_rss_bytes");
}

#[test]
fn a_room_may_have_readers_and_a_board_that_is_not_new() {
    let room = ["room", "4", "--every", "250", "--seconds", "1"];
    let report = bench(&[&room[..], &["--writers", "1", "--history", "70"]].concat());
    assert_eq!(number(&report, "writers"), 1.0);
    assert_eq!(number(&report, "acks"), 4.0);
    assert_eq!(number(&report, "deliveries"), 4.0 * 3.0);
    assert_eq!(report["expected"], report["deliveries"]);
    // Whoever had read the history would have found entries that are of nobody in the room.
    assert_eq!(number(&report, "strange"), 0.0, "{report}");
}

#[test]
fn a_newcomer_receives_every_envelope() {
    let report = bench(&["join", "--notes", "70", "--uncut"]);
    assert_eq!(number(&report, "notes"), 70.0);
    assert!(number(&report, "received_bytes") > number(&report, "log_bytes"));
    // A sealed note is never smaller than its words.
    assert!(number(&report, "log_bytes") > 70.0 * 110.0);
    assert!(number(&report, "save_bytes") > 1_000.0 && number(&report, "join_ms") > 0.0);
}

#[test]
fn a_newcomer_to_a_log_that_was_cut_off_receives_a_snapshot() {
    let report = bench(&["join", "--notes", "300"]);
    assert_eq!(number(&report, "notes"), 300.0);
    let received = number(&report, "received_bytes");
    assert!(received < number(&report, "log_bytes") / 2.0, "{report}");
    assert!(received < number(&report, "save_bytes") * 2.0, "{report}");
}

#[test]
fn who_comes_back_sends_what_was_written_and_fetches_nothing_twice() {
    let report = bench(&["rejoin", "--notes", "20", "--before", "60", "--others", "2"]);
    assert!(number(&report, "others_ms") >= number(&report, "acked_ms"));
    let (sent, received) = (
        number(&report, "sent_bytes"),
        number(&report, "received_bytes"),
    );
    assert!(sent > 20.0 * 110.0 && received < sent, "{report}");
}

#[test]
fn all_who_listen_are_there_at_the_end() {
    let report = bench(&["idle", "20", "--per-board", "7"]);
    assert_eq!(number(&report, "connections"), 20.0);
    assert_eq!(number(&report, "alive"), 20.0);
    check_memory(&report, "server_rss_bytes");
}

#[test]
fn boards_are_left_and_opened_again() {
    let report = bench(&["boards", "3", "--rounds", "2"]);
    assert_eq!(number(&report, "connections"), 18.0);
    check_memory(&report, "server_rss_again_bytes");
}

#[test]
fn a_server_that_runs_already_can_be_loaded_and_others_only_on_purpose() {
    let relay = Relay::start();
    let report = bench(&["idle", "4", "--address", &relay.url]);
    assert_eq!(number(&report, "alive"), 4.0);
    assert_eq!(report["each_bytes"], Value::Null);
    assert!(report["remarks"][0].as_str().unwrap().contains("--pid"));
    run(&["bench", "idle", "4", "--address", "http://192.0.2.1:1"])
        .failed(2, "--yes-load-this-server");
    run(&["bench", "room", "2000", "--every", "20"]).failed(2, "notes are more than");
    run(&["bench", "room", "0"]).failed(2, "not in 2..=2000");
}

#[test]
fn a_server_ends_with_the_program_that_started_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = binary();
    serve.args([
        "serve",
        "--until-stdin-ends",
        "--listen",
        "127.0.0.1:0",
        "--data",
    ]);
    serve.arg(folder.path()).stdin(Stdio::piped());
    serve.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = serve.spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with("Samsyn listens"), "{line}");
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
