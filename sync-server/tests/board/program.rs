//! The binary: a relay that can be killed and started again on its port, commands that end, and one that watches.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A relay over a folder of its own; killed when dropped.
pub struct Relay {
    child: Child,
    // Kept open: a closed pipe would stop a relay that prints.
    _stdout: BufReader<ChildStdout>,
    /// `http://127.0.0.1:port`, the same after `restart`.
    pub url: String,
    home: TempDir,
}

impl Relay {
    pub fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (child, stdout, url) = serve(&home.path().join("data"), "127.0.0.1:0");
        Self {
            child,
            _stdout: stdout,
            url,
            home,
        }
    }

    /// Where it keeps its boards.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A place for a file of the test.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on its folder and port.
    pub fn restart(&mut self) {
        let address = self.url.strip_prefix("http://").unwrap();
        let (child, stdout, url) = serve(&self.data(), address);
        assert_eq!(url, self.url);
        self.child = child;
        self._stdout = stdout;
    }

    /// Makes a board called “Ledningsgruppen” in Swedish and gives its links.
    pub fn board(&self) -> Links {
        let made = run(&[
            "new",
            "--relay",
            &self.url,
            "--lang",
            "sv",
            "--title",
            "Ledningsgruppen",
            "--json",
        ])
        .json();
        let link = |role: &str| made[role].as_str().unwrap().to_owned();
        Links {
            facilitator: link("facilitator"),
            participant: link("participant"),
            observer: link("observer"),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The links to a board.
pub struct Links {
    pub facilitator: String,
    pub participant: String,
    pub observer: String,
}

/// The binary, with nothing of the surroundings.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samsyn"));
    command.env_remove("SAMSYN_RELAY").env("LC_ALL", "en");
    command
}

fn serve(data: &Path, listen: &str) -> (Child, BufReader<ChildStdout>, String) {
    let mut command = binary();
    command
        .args(["serve", "--listen", listen, "--data"])
        .arg(data);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("Samsyn listens on ");
    let url = url
        .unwrap_or_else(|| panic!("the first line is {line:?}"))
        .to_owned();
    (child, stdout, url)
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Standard output, of a command that did what it should.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Standard output as JSON.
    pub fn json(self) -> Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Checks that it failed so, with these words on standard error and nothing on standard output.
    pub fn failed(self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(
            self.err.contains(words),
            "{words:?} is not in {:?}",
            self.err
        );
        assert_eq!(self.out, "", "{self:?}");
    }
}

/// Runs a command to its end.
pub fn run(args: &[&str]) -> Ended {
    run_with(args, "")
}

/// Runs a command to its end, with something on its standard input.
pub fn run_with(args: &[&str], input: &str) -> Ended {
    let mut command = binary();
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Adds a note to the board's wall and gives its id.
pub fn add(link: &str, text: &str) -> String {
    run(&["add", link, "--section", "notes", text])
        .ok()
        .trim()
        .to_owned()
}

/// The board as `show --json` prints it.
pub fn shown(link: &str) -> Value {
    run(&["show", link, "--json"]).json()
}

/// A field of every note on the board.
pub fn of_notes(board: &Value, field: &str) -> Vec<String> {
    board["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note[field].as_str().unwrap().to_owned())
        .collect()
}

/// A running `samsyn watch --json`; killed when dropped.
pub struct Watcher {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Watcher {
    /// Starts it and waits until it has the board.
    pub fn start(link: &str) -> Self {
        let mut command = binary();
        command
            .args(["watch", link, "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert!(line.contains("watching"), "{line:?}");
        // Somebody has to read what it says from now on.
        std::thread::spawn(move || stderr.read_to_string(&mut String::new()));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// The next line that it prints.
    pub fn next(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
