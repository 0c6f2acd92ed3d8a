//! What a machine needs beyond Rust, and getting it: the WASM target through rustup, browsers as Debian packages.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{cargo, program};
use crate::workspace::{self, WASM};

/// A program that a Debian package brings.
struct Need {
    /// What must be found: a name on the path, or a whole path.
    program: &'static str,
    package: &'static str,
}

/// What `shared`'s tests on WASM run in.
const NODE: [Need; 1] = [Need {
    program: "node",
    package: "nodejs",
}];

/// What gets packages for Node.js.
const NPM: [Need; 1] = [Need {
    program: "npm",
    package: "npm",
}];

/// What Lighthouse drives, and what runs it.
const CHROMIUM: [Need; 2] = [
    Need {
        program: "chromium",
        package: "chromium",
    },
    Need {
        program: "node",
        package: "nodejs",
    },
];

/// What the browser tests drive.
const BROWSERS: [Need; 5] = [
    Need {
        program: "chromium",
        package: "chromium",
    },
    Need {
        program: "chromedriver",
        package: "chromium-driver",
    },
    Need {
        program: "WebKitWebDriver",
        package: "webkit2gtk-driver",
    },
    Need {
        program: "firefox-esr",
        package: "firefox-esr",
    },
    Need {
        program: "Xvfb",
        package: "xvfb",
    },
];

/// The version of geckodriver that is built.
const GECKODRIVER: &str = "0.37.0";

/// Makes sure that the standard library for WASM is there.
pub fn wasm_target() -> Result<()> {
    let sysroot = program("rustc", ["--print", "sysroot"]).output()?;
    if Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(WASM)
        .exists()
    {
        return Ok(());
    }
    println!("  installing Rust's target {WASM}");
    program("rustup", ["target", "add", WASM]).run().with_context(|| {
        format!("Rust's target {WASM} is missing. With rustup: rustup target add {WASM}; else your system's package for it")
    })
}

/// Makes sure that Node.js is there.
pub fn node() -> Result<()> {
    packages(&NODE)
}

/// Makes sure that the browsers and their drivers are there.
pub fn browsers() -> Result<()> {
    packages(&BROWSERS)
}

/// What looks at every screen for who sees, hears or moves otherwise: axe-core, from npm.
pub fn axe() -> Result<()> {
    from_npm("tests/axe", "axe-core/axe.min.js")
}

/// What gives the app marks: Lighthouse, from npm, for Debian's Chromium.
pub fn lighthouse() -> Result<()> {
    packages(&CHROMIUM)?;
    from_npm("tests/lighthouse", "lighthouse/package.json")
}

/// Gets what a folder's package-lock.json fixes, unless it is there.
fn from_npm(folder: &str, file: &str) -> Result<()> {
    let folder = workspace::root().join(folder);
    if folder.join("node_modules").join(file).exists() {
        return Ok(());
    }
    packages(&NPM)?;
    let folder = folder.display().to_string();
    program("npm", ["ci", "--prefix", &folder]).run()
}

/// Firefox's driver, which Debian does not package: the one on the path, or one built from its crate.
pub fn geckodriver() -> Result<PathBuf> {
    if let Some(path) = on_path("geckodriver") {
        return Ok(path);
    }
    let tools = workspace::target_dir().join("tools");
    let built = tools.join("bin/geckodriver");
    if !built.exists() {
        println!("  building geckodriver");
        let root = tools.display().to_string();
        cargo([
            "install",
            "geckodriver",
            "--version",
            GECKODRIVER,
            "--locked",
            "--root",
            &root,
        ])
        .run()
        .context("could not build geckodriver")?;
    }
    Ok(built)
}

fn packages(needs: &[Need]) -> Result<()> {
    let missing: Vec<&str> = needs
        .iter()
        .filter(|need| !found(need.program))
        .map(|need| need.package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let Some(apt) = apt() else {
        bail!(
            "missing: {list}. On Debian or Ubuntu: sudo apt-get update && sudo apt-get install {list}"
        );
    };
    println!("  installing {list}");
    apt.install(&missing)
        .with_context(|| format!("could not install {list} with apt-get"))
}

fn found(name: &str) -> bool {
    on_path(name).is_some()
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// apt-get, run in a way that may install.
struct Apt {
    prefix: &'static [&'static str],
}

/// apt-get if this machine has it and this person may use it without being asked for a password.
fn apt() -> Option<Apt> {
    if !found("apt-get") {
        return None;
    }
    let root = program("id", ["-u"])
        .output()
        .is_ok_and(|id| id.trim() == "0");
    if root {
        return Some(Apt { prefix: &[] });
    }
    program("sudo", ["-n", "true"]).works().then_some(Apt {
        prefix: &["sudo", "-n"],
    })
}

impl Apt {
    fn install(&self, packages: &[&str]) -> Result<()> {
        self.get(&["update", "-q"])?;
        let install = ["install", "-q", "-y", "--no-install-recommends"];
        self.get(&[&install, packages].concat())
    }

    fn get(&self, args: &[&str]) -> Result<()> {
        let environment: &[&str] = &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
        let words = [self.prefix, environment, args].concat();
        let Some((first, rest)) = words.split_first() else {
            bail!("no command")
        };
        program(first, rest).run()
    }
}
