//! Fingers alone (Chromium): every press, drag and pinch is a touch event, as a tablet's screen gives them. Only the
//! letters come from elsewhere, as from a keyboard on the screen.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::{Browser, testid};
use crate::wait::until;

/// How many steps a finger's way has.
const STEPS: u32 = 6;
/// For how many pictures a finger rests before it goes, so that nothing is thrown.
const REST: u32 = 12;
/// How often a page is pushed until something is in sight.
const PUSHES: usize = 12;

/// A place in the window, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
pub struct Spot {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

impl Spot {
    /// So far to the right and down of it.
    #[must_use]
    pub fn by(self, dx: f64, dy: f64) -> Self {
        Self {
            x: self.x + dx,
            y: self.y + dy,
        }
    }
}

/// Where something can be touched, or how far the page has to be pushed for it.
#[derive(serde::Deserialize)]
struct Found {
    spot: Option<Spot>,
    /// The middle of what is pushed: the dialog that it is in, or the window.
    middle: Spot,
    above: bool,
}

/// What became of looking for something.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Looked {
    missing: bool,
    moves: bool,
    found: Option<Found>,
}

impl Browser {
    /// Makes it a tablet, held across, that knows fingers.
    pub async fn be_a_tablet(&self) -> Result<()> {
        let metrics = json!({"width": 1180, "height": 820, "deviceScaleFactor": 1, "mobile": true});
        self.tell("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        let touch = json!({"enabled": true, "maxTouchPoints": 5});
        self.tell("Emulation.setTouchEmulationEnabled", touch).await
    }

    /// Taps something, pushing the page with a finger until it is in sight.
    pub async fn tap(&self, id: &str) -> Result<()> {
        self.tap_css(&testid(id)).await
    }

    /// Taps what a CSS selector finds.
    pub async fn tap_css(&self, css: &str) -> Result<()> {
        let spot = self.spot(css).await?;
        self.tap_at(spot).await
    }

    /// Taps a place.
    pub async fn tap_at(&self, spot: Spot) -> Result<()> {
        self.fingers("touchStart", &[spot]).await?;
        self.fingers("touchEnd", &[]).await
    }

    /// Taps a place twice.
    pub async fn double_tap_at(&self, spot: Spot) -> Result<()> {
        self.tap_at(spot).await?;
        self.tap_at(spot).await
    }

    /// Rests a finger on something until it is in the hand, as `held` shows, carries it to a place and lets it go.
    pub async fn hold_and_drag(&self, css: &str, held: &str, to: Spot) -> Result<()> {
        let from = self.spot(css).await?;
        self.fingers("touchStart", &[from]).await?;
        let what = format!("{} has {css} in the hand", self.name);
        until(&what, async || {
            let script = "return !!document.querySelector(arguments[0])";
            Ok(self
                .read::<bool>(script, json!([held]))
                .await?
                .then_some(()))
        })
        .await?;
        self.move_fingers(&[(from, to)]).await?;
        self.fingers("touchEnd", &[]).await
    }

    /// Pulls fingers, each from one place to another.
    pub async fn pull(&self, ways: &[(Spot, Spot)]) -> Result<()> {
        let from: Vec<Spot> = ways.iter().map(|way| way.0).collect();
        self.fingers("touchStart", &from).await?;
        self.move_fingers(ways).await?;
        // Resting before they go: a browser takes the next tap for a hand that stops what was thrown.
        self.frames(REST).await?;
        let there: Vec<(Spot, Spot)> = ways.iter().map(|way| (way.1, way.1)).collect();
        self.move_fingers(&there).await?;
        let mut left: Vec<Spot> = ways.iter().map(|way| way.1).collect();
        while left.pop().is_some() {
            self.fingers("touchEnd", &left).await?;
        }
        Ok(())
    }

    /// Types as a keyboard on the screen does.
    pub async fn type_in(&self, text: &str) -> Result<()> {
        self.tell("Input.insertText", json!({"text": text})).await
    }

    /// Where something can be touched. What is out of sight is pushed into it, as far as a finger can.
    pub async fn spot(&self, css: &str) -> Result<Spot> {
        let what = format!("{} finds {css}", self.name);
        for _ in 0..PUSHES {
            let found = until(&what, async || self.look_for(css).await).await?;
            if let Some(spot) = found.spot {
                return Ok(spot);
            }
            let middle = found.middle;
            let way = if found.above { 260.0 } else { -260.0 };
            self.pull(&[(middle, middle.by(0.0, way))]).await?;
        }
        bail!("{} cannot bring {css} into sight", self.name)
    }

    /// None while it still moves or the page is not drawn to the end: a browser drops touches on what it has not yet
    /// drawn, and nobody taps what they do not see.
    async fn look_for(&self, css: &str) -> Result<Option<Found>> {
        let script = "const [css, done] = arguments;
            const own = () => { const e = document.querySelector(css); return e?.closest('label') ?? e; };
            const place = () => { const r = own()?.getBoundingClientRect(); return r && [r.x, r.y].join(); };
            const drawn = () => new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)));
            (async () => {
                const before = place();
                await document.fonts.ready;
                await drawn();
                const e = own();
                if (!e) return { missing: true };
                if (place() !== before) return { moves: true };
                const r = e.getBoundingClientRect();
                const at = [[.5,.5],[.3,.3],[.7,.3],[.3,.7],[.7,.7],[.1,.5],[.9,.5]].map(([x, y]) =>
                    ({x: r.x + r.width * x, y: r.y + r.height * y}));
                const hit = at.find(it => e.contains(document.elementFromPoint(it.x, it.y)));
                const around = (e.closest('dialog') ?? document.documentElement).getBoundingClientRect();
                const seen = { x: around.x + around.width / 2,
                    y: (Math.max(around.top, 0) + Math.min(around.bottom, innerHeight)) / 2 };
                return { found: { spot: hit ?? null, middle: seen, above: r.y + r.height / 2 < innerHeight / 2 } };
            })().then(done)";
        let looked = self.web.execute_async(script, vec![json!(css)]).await?;
        let looked: Looked = serde_json::from_value(looked.json().clone())?;
        ensure!(!looked.missing, "it is not there");
        ensure!(!looked.moves, "it moves");
        Ok(looked.found)
    }

    async fn move_fingers(&self, ways: &[(Spot, Spot)]) -> Result<()> {
        for step in 1..=STEPS {
            let part = f64::from(step) / f64::from(STEPS);
            let at =
                |(from, to): &(Spot, Spot)| from.by((to.x - from.x) * part, (to.y - from.y) * part);
            let now: Vec<Spot> = ways.iter().map(at).collect();
            self.fingers("touchMove", &now).await?;
        }
        Ok(())
    }

    async fn fingers(&self, kind: &str, at: &[Spot]) -> Result<()> {
        let points: Vec<Value> = at
            .iter()
            .enumerate()
            .map(|(id, spot)| json!({"x": spot.x, "y": spot.y, "id": id}))
            .collect();
        let event = json!({"type": kind, "touchPoints": points});
        self.tell("Input.dispatchTouchEvent", event).await
    }

    /// Waits until the page has drawn itself so often.
    async fn frames(&self, count: u32) -> Result<()> {
        let script = "const [count, done] = arguments;
            let left = count; const next = () => left-- > 0 ? requestAnimationFrame(next) : done(true); next()";
        let count = vec![json!(count)];
        self.web.execute_async(script, count).await?;
        Ok(())
    }

    async fn tell(&self, command: &str, what: Value) -> Result<()> {
        let told = self.web.cdp().send_raw(command, what).await;
        told.map(drop)
            .with_context(|| format!("{}: {command}", self.name))
    }
}
