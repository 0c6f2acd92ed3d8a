//! Pictures of the page in the sizes and colours that it is judged by.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::{Browser, Make};
use crate::wait::until;

/// Tablet in both directions, phone and laptop: width and height in CSS pixels.
pub const SIZES: [(u32, u32); 4] = [(1180, 820), (820, 1180), (390, 844), (1440, 900)];

/// The colours that the system asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// As a picture is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Where pictures go: a folder that git ignores.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots")
}

impl Browser {
    /// Takes a picture as the page stands.
    pub async fn picture(&self, name: &str) -> Result<()> {
        fs::create_dir_all(folder())?;
        until("the wall is drawn to the end", async || {
            let script = "return !document.querySelector('[data-drawing]')";
            let drawn: bool = self.read(script, json!([])).await?;
            Ok(drawn.then_some(()))
        })
        .await?;
        let path = folder().join(format!("{}-{name}.png", self.make().name()));
        self.web
            .screenshot(&path)
            .await
            .with_context(|| format!("no picture {}", path.display()))
    }

    /// Takes a picture in every size, light and dark (Chromium), and leaves the page as it was.
    pub async fn pictures(&self, name: &str) -> Result<()> {
        if self.make() != Make::Chromium {
            return self.picture(name).await;
        }
        for (width, height) in SIZES {
            for scheme in Scheme::ALL {
                self.look(width, height, scheme).await?;
                self.picture(&format!("{name}-{width}x{height}-{}", scheme.name()))
                    .await?;
            }
        }
        self.look_normal().await
    }

    /// Takes a picture of the page as a printer would put it on A4, and leaves it as it was (Chromium).
    pub async fn paper(&self, name: &str) -> Result<()> {
        self.look(794, 1_123, Scheme::Light).await?;
        let media = json!({"media": "print"});
        let cdp = self.web.cdp();
        cdp.send_raw("Emulation.setEmulatedMedia", media).await?;
        self.picture(&format!("{name}-paper")).await?;
        let media = json!({"media": ""});
        cdp.send_raw("Emulation.setEmulatedMedia", media).await?;
        self.look_normal().await
    }

    /// Gives the page a size and a colour scheme.
    pub async fn look(&self, width: u32, height: u32, scheme: Scheme) -> Result<()> {
        let cdp = self.web.cdp();
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        cdp.send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        // Without motion, so that nothing is halfway between two colours when the picture is taken.
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme.name()},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        cdp.send_raw("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }

    /// Lets the page's origin keep so many bytes on the disk (Chromium); without a number, as many as usual.
    pub async fn quota(&self, bytes: Option<u64>) -> Result<()> {
        let origin: String = self.read("return location.origin", json!([])).await?;
        let quota = match bytes {
            Some(bytes) => json!({"origin": origin, "quotaSize": bytes}),
            None => json!({"origin": origin}),
        };
        let cdp = self.web.cdp();
        cdp.send_raw("Storage.overrideQuotaForOrigin", quota)
            .await?;
        Ok(())
    }

    /// Makes the page's processor so many times slower (Chromium); 1 is as fast as it is.
    pub async fn slow_down(&self, times: f64) -> Result<()> {
        let cdp = self.web.cdp();
        cdp.send_raw("Emulation.setCPUThrottlingRate", json!({"rate": times}))
            .await?;
        Ok(())
    }

    /// Runs a script in every page before any of its own (Chromium).
    pub async fn on_every_page(&self, script: &str) -> Result<()> {
        let cdp = self.web.cdp();
        cdp.send_raw(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": script}),
        )
        .await?;
        Ok(())
    }

    /// The memory of all processes that draw its pages and run their workers, in bytes (Linux).
    pub fn renderers_memory(&self) -> Result<f64> {
        let profile = self.profile().display().to_string();
        let mut bytes = 0.0;
        for entry in fs::read_dir("/proc")?.flatten() {
            let read = |name: &str| fs::read_to_string(entry.path().join(name)).unwrap_or_default();
            let command = read("cmdline");
            if command.contains("--type=renderer") && command.contains(&profile) {
                let rollup = read("smaps_rollup");
                let line = rollup.lines().find(|line| line.starts_with("Pss:"));
                let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
                bytes += kib.unwrap_or_default() * 1024.0;
            }
        }
        Ok(bytes)
    }

    async fn look_normal(&self) -> Result<()> {
        let cdp = self.web.cdp();
        cdp.send_raw("Emulation.clearDeviceMetricsOverride", json!({}))
            .await?;
        cdp.send_raw("Emulation.setEmulatedMedia", json!({"features": []}))
            .await?;
        Ok(())
    }
}
