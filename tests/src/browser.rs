//! A real browser with a profile folder of its own: opened, closed, killed and opened again, driven by WebDriver.

mod driver;
mod keyboard;
mod page;
mod screen;
mod touch;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use thirtyfour::{Capabilities, WebDriver};

use crate::process::signal;
use driver::Driver;
pub use keyboard::Towards;
pub use page::testid;
pub use screen::{SIZES, Scheme};
pub use touch::Spot;

/// A make of browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Chromium, without a window.
    Chromium,
    /// WebKitGTK's MiniBrowser in a virtual screen: what iPads run, as near as Linux comes. In automation it keeps
    /// nothing on the disk, so it can be reloaded but not closed and opened again.
    WebKit,
    /// Firefox, without a window.
    Firefox,
}

impl Make {
    /// For file names and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::WebKit => "webkit",
            Self::Firefox => "firefox",
        }
    }
}

/// What the browser lets pages keep on the disk. Chromium only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// As usual.
    Allowed,
    /// Nothing, as a strict policy has it.
    Denied,
}

/// An open browser.
pub struct Browser {
    make: Make,
    /// Who uses it, for messages.
    name: String,
    folder: PathBuf,
    web: WebDriver,
    _driver: Driver,
}

impl Browser {
    /// Opens a browser for `name`, whose profile, downloads and logs are below `folder`. A folder used before brings
    /// back what the browser kept there.
    pub async fn open(make: Make, name: &str, folder: &Path) -> Result<Self> {
        Self::open_with(make, Keeping::Allowed, name, folder).await
    }

    /// [`Self::open`] with a word on what pages may keep.
    pub async fn open_with(
        make: Make,
        keeping: Keeping,
        name: &str,
        folder: &Path,
    ) -> Result<Self> {
        let folder = folder.join(name);
        for part in ["profile", "downloads"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let driver = Driver::start(make, &folder).await?;
        let web = WebDriver::new(driver.url(), capabilities(make, keeping, &folder)?)
            .await
            .with_context(|| format!("{} did not start; log: {}", make.name(), driver.printed()))?;
        Ok(Self {
            make,
            name: name.to_owned(),
            folder,
            web,
            _driver: driver,
        })
    }

    /// Which make it is.
    pub fn make(&self) -> Make {
        self.make
    }

    /// Who uses it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Closes it as a person does.
    pub async fn close(self) -> Result<()> {
        self.web
            .clone()
            .quit()
            .await
            .context("the browser did not close")
    }

    /// Closes it and opens it again with the same profile.
    pub async fn reopen(&mut self) -> Result<()> {
        self.web
            .clone()
            .quit()
            .await
            .context("the browser did not close")?;
        *self = Self::open(self.make, &self.name, self.parent()).await?;
        Ok(())
    }

    /// Kills it without warning, as an empty battery does, and opens it again with the same profile.
    pub async fn die_and_reopen(&mut self) -> Result<()> {
        let process = self
            .process()
            .context("the driver does not tell the browser's process")?;
        signal("-KILL", u32::try_from(process)?).await?;
        *self = Self::open(self.make, &self.name, self.parent()).await?;
        Ok(())
    }

    /// Where it keeps what pages store.
    pub fn profile(&self) -> PathBuf {
        self.folder.join("profile")
    }

    /// A file that the browser has finished downloading.
    pub fn download(&self, name_ends: &str) -> Result<Option<PathBuf>> {
        for entry in fs::read_dir(self.folder.join("downloads"))? {
            let path = entry?.path();
            if path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().ends_with(name_ends))
            {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    fn process(&self) -> Option<u64> {
        let told = self.web.capabilities();
        let names = ["goog:processID", "moz:processID"];
        names
            .iter()
            .find_map(|name| told.get(name).and_then(Value::as_u64))
    }

    fn parent(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }
}

impl Drop for Browser {
    /// Without this the session would say farewell to a driver that may be gone, and wait two minutes for its answer.
    /// Firefox does not end with its driver, so it is told to.
    fn drop(&mut self) {
        if let (Make::Firefox, Some(process)) = (self.make, self.process()) {
            // An error means that it has ended.
            drop(
                std::process::Command::new("kill")
                    .arg(process.to_string())
                    .stderr(std::process::Stdio::null())
                    .status(),
            );
        }
        // An error means that it was closed properly before.
        drop(self.web.clone().leak());
    }
}

fn capabilities(make: Make, keeping: Keeping, folder: &Path) -> Result<Capabilities> {
    let mut capabilities = Capabilities::new();
    match make {
        Make::Chromium => {
            capabilities.set("goog:chromeOptions", chromium_options(keeping, folder))?;
            capabilities.set("goog:loggingPrefs", json!({"browser": "ALL"}))?;
        }
        Make::WebKit => capabilities.set("webkitgtk:browserOptions", webkit_options()?)?,
        Make::Firefox => capabilities.set("moz:firefoxOptions", firefox_options(folder))?,
    }
    Ok(capabilities)
}

/// Root cannot have Chromium's sandbox; the rest keeps it from calling home, which tests must not wait for.
fn chromium_options(keeping: Keeping, folder: &Path) -> Value {
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let args = [
        profile.as_str(),
        "--headless=new",
        // Through a pipe Chromium notices that its driver is gone, and ends; a test that fails leaves nothing behind.
        "--remote-debugging-pipe",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
        // A name that is not `localhost` is an insecure address over plain http, as a laptop's in a room is.
        "--host-resolver-rules=MAP *.test 127.0.0.1",
        "--lang=sv",
        "--accept-lang=sv,en",
        "--window-size=1180,960",
        // A camera with a made-up picture, which may be used.
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ];
    let downloads = folder.join("downloads");
    // Chromium's number for "block": the setting for cookies rules over everything that a page keeps.
    let cookies = match keeping {
        Keeping::Allowed => 1,
        Keeping::Denied => 2,
    };
    json!({"args": args, "prefs": {
        "download.default_directory": downloads,
        "download.prompt_for_download": false,
        "profile.default_content_setting_values.cookies": cookies,
    }})
}

/// A profile that is named stays when the browser is closed; without a name the driver makes one and throws it away.
fn firefox_options(folder: &Path) -> Value {
    let prefs = json!({
        "intl.accept_languages": "sv",
        "browser.download.folderList": 2,
        "browser.download.dir": folder.join("downloads"),
    });
    let args = ["-headless", "-profile"].map(String::from);
    let profile = folder.join("profile").display().to_string();
    let args: Vec<String> = args.into_iter().chain([profile]).collect();
    json!({"binary": "/usr/bin/firefox-esr", "args": args, "prefs": prefs})
}

/// Debian keeps MiniBrowser in a folder named after the machine's architecture.
fn webkit_options() -> Result<Value> {
    let libraries = fs::read_dir("/usr/lib")?
        .flatten()
        .map(|entry| entry.path());
    let browser = libraries
        .map(|folder| folder.join("webkit2gtk-4.1/MiniBrowser"))
        .find(|path| path.exists())
        .context("MiniBrowser is missing: sudo apt-get install webkit2gtk-driver")?;
    Ok(json!({"binary": browser, "args": ["--automation"]}))
}
