//! The keyboard alone: keys are struck as a person strikes them, and go to whatever has the focus. Nothing here puts
//! the focus anywhere by script, presses anything or scrolls.

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use thirtyfour::Key;

use super::Browser;
use crate::wait::{PATIENCE, until, until_for};

/// How often Tab may be struck for one thing. Nothing on a small board is further away.
const FAR: usize = 60;

/// Whither Tab goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// On.
    Next,
    /// Back, with Shift.
    Former,
}

/// What has the focus.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct Focus {
    /// What it is, for messages: its test id, or its tag.
    pub name: String,
    /// Whether it is what was asked for.
    wanted: bool,
    /// Whether something around it shows that it has the focus.
    marked: bool,
    /// Whether any of it can be seen.
    seen: bool,
}

impl Browser {
    /// Strikes keys one after the other.
    pub async fn strike(&self, keys: &str) -> Result<()> {
        let keys = self.web.action_chain().send_keys(keys);
        keys.perform()
            .await
            .with_context(|| format!("{} strikes keys", self.name))
    }

    /// Strikes a key while others are held down.
    pub async fn strike_with(&self, held: &[Key], key: char) -> Result<()> {
        let mut chain = self.web.action_chain();
        for held in held {
            chain = chain.key_down(held.value());
        }
        chain = chain.key_down(key).key_up(key);
        for held in held.iter().rev() {
            chain = chain.key_up(held.value());
        }
        chain
            .perform()
            .await
            .with_context(|| format!("{} strikes a chord", self.name))
    }

    /// Strikes Tab until what a CSS selector names has the focus, and fails if the focus cannot be seen on the way.
    pub async fn reach(&self, css: &str, towards: Towards) -> Result<()> {
        let mut passed = Vec::new();
        for _ in 0..FAR {
            let focus = self.focus(css).await?;
            if let Some(focus) = focus {
                if focus.wanted {
                    self.shows_focus(css).await?;
                    return Ok(());
                }
                passed.push(focus.name);
            } else {
                passed.push("the page".to_owned());
            }
            match towards {
                Towards::Next => self.strike(&Key::Tab.value().to_string()).await?,
                Towards::Former => self.strike_with(&[Key::Shift], Key::Tab.value()).await?,
            }
            self.shows_focus(css).await?;
        }
        bail!(
            "{} does not reach {css} with {FAR} keys, only {passed:?}",
            self.name
        )
    }

    /// Waits until what a CSS selector names has the focus by itself.
    pub async fn focus_is(&self, css: &str) -> Result<()> {
        let mut last = None;
        let what = format!("{}'s focus is on {css}", self.name);
        let found = until_for(PATIENCE, &what, async || {
            last = self.focus(css).await?;
            Ok(last.as_ref().is_some_and(|it| it.wanted).then_some(()))
        })
        .await;
        found.with_context(|| format!("it was on {last:?}"))?;
        self.shows_focus(css).await
    }

    /// What has the focus now; none if only the page has it.
    async fn focus(&self, css: &str) -> Result<Option<Focus>> {
        // A ring, or what the app draws instead around the element: its label, its field, its note.
        let script = "const e = document.activeElement;
            if (!e || e === document.body || e === document.documentElement) return null;
            const drawn = it => { const s = getComputedStyle(it);
                return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0; };
            const around = [e, e.closest('label'), e.closest('form'), e.closest('.note'), e.nextElementSibling];
            const r = e.closest('label')?.getBoundingClientRect() ?? e.getBoundingClientRect();
            const at = [[.5,.5],[.1,.2],[.9,.2],[.1,.8],[.9,.8]].map(([x, y]) =>
                document.elementFromPoint(r.left + r.width * x, r.top + r.height * y));
            const own = e.closest('label') ?? e;
            return { name: e.dataset.testid ?? e.tagName.toLowerCase(), wanted: e.matches(arguments[0]),
                marked: e.matches('h1, h2, textarea') || around.some(it => it && drawn(it)),
                seen: at.some(it => it && (own.contains(it) || it.contains(e))) }";
        self.read(script, json!([css])).await
    }

    /// Waits until the focus is where it can be seen: what moves into sight may need a moment.
    async fn shows_focus(&self, css: &str) -> Result<()> {
        let mut last = None;
        let what = format!("{} sees where the focus is", self.name);
        let found = until(&what, async || {
            last = self.focus(css).await?;
            let good = last.as_ref().is_none_or(|it| it.marked && it.seen);
            ensure!(good, "{last:?}");
            Ok(Some(()))
        })
        .await;
        found.with_context(|| format!("on the way to {css}"))
    }
}
