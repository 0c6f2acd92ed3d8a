//! A room: a relay, the wifi in front of it, and the people with their browsers.

use std::fs;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::browser::{Browser, Keeping, Make};
use crate::proxy::Proxy;
use crate::relay::{Relay, Setup};

/// Everything that a test in a room needs; its files are deleted with it.
pub struct Room {
    /// The relay.
    pub relay: Relay,
    /// The wifi that every browser goes through.
    pub wifi: Proxy,
    folder: TempDir,
    make: Make,
}

impl Room {
    /// Opens a room whose browsers are all of one make.
    pub async fn open(make: Make) -> Result<Self> {
        Self::open_with(make, Setup::default()).await
    }

    /// The same, with a relay that is set up in another way.
    pub async fn open_with(make: Make, setup: Setup) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let relay = Relay::start_with(folder.path(), setup).await?;
        let wifi = Proxy::start(relay.address()).await?;
        Ok(Self {
            relay,
            wifi,
            folder,
            make,
        })
    }

    /// Somebody comes in with a browser that was never used before.
    pub async fn enter(&self, name: &str) -> Result<Browser> {
        Browser::open(self.make, name, self.folder.path()).await
    }

    /// Somebody comes in whose browser keeps nothing of any page (Chromium).
    pub async fn enter_keeping_nothing(&self, name: &str) -> Result<Browser> {
        Browser::open_with(self.make, Keeping::Denied, name, self.folder.path()).await
    }

    /// A place for a file.
    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The same link for who does not go through the wifi: the relay's own address.
    pub fn beside_the_wifi(&self, link: &str) -> String {
        link.replace(&self.wifi.url(), &self.relay.url())
    }

    /// Adds what everyone saw to an error, and takes a picture of every screen.
    pub async fn tell<T>(&self, result: Result<T>, people: &[&Browser]) -> Result<T> {
        let Err(error) = result else { return result };
        let mut seen = String::new();
        for person in people {
            seen.push_str(&person.report().await);
        }
        let relay = fs::read_to_string(self.folder.path().join("relay.log")).unwrap_or_default();
        let relay: Vec<&str> = relay.lines().rev().take(15).collect();
        Err(error).with_context(|| {
            format!(
                "{seen}\nthe relay's last words, newest first:\n{}\n",
                relay.join("\n")
            )
        })
    }
}

impl Browser {
    /// What a person whose test failed would tell: the address, the save state, the console.
    async fn report(&self) -> String {
        let name = self.name();
        let saved = match self.picture(&format!("failed-{name}")).await {
            Ok(()) => "picture taken".to_owned(),
            Err(error) => format!("no picture: {error:#}"),
        };
        let state = self.save_state().await.map_err(|error| error.to_string());
        let console = self.console().await.join("\n  ");
        format!(
            "\n{name}: {:?}, {saved}, {state:?}\n  {console}",
            self.url().await
        )
    }
}
