//! What a person does with a page: look, press, write. Elements are named by their `data-testid`.

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{By, WebElement};

use super::{Browser, Make};
use crate::wait::{PATIENCE, until, until_for};

impl Browser {
    /// Goes to an address.
    pub async fn goto(&self, url: &str) -> Result<()> {
        self.web
            .goto(url)
            .await
            .with_context(|| format!("{} cannot open {url}", self.name))
    }

    /// Reloads the page, as a person does. Firefox's driver would go past the service worker, which no person does, so
    /// there the page reloads itself.
    pub async fn reload(&self) -> Result<()> {
        if self.make == Make::Firefox {
            let () = self
                .read(
                    "document.documentElement.dataset.before = ''; location.reload()",
                    json!([]),
                )
                .await?;
            let what = format!("{} reloads", self.name);
            return until(&what, async || {
                let script = "return document.readyState === 'complete' && !('before' in document.documentElement.dataset)";
                Ok(self.read::<bool>(script, json!([])).await?.then_some(()))
            })
            .await;
        }
        self.web
            .refresh()
            .await
            .with_context(|| format!("{} cannot reload", self.name))
    }

    /// Opens another tab and goes on in it.
    pub async fn open_tab(&self) -> Result<()> {
        let tab = self.web.new_tab().await?;
        Ok(self.web.switch_to_window(tab).await?)
    }

    /// Goes on in the tab that was opened as number `n`, from 0.
    pub async fn switch_to_tab(&self, n: usize) -> Result<()> {
        let tabs = self.web.windows().await?;
        let tab = tabs.into_iter().nth(n).context("there is no such tab")?;
        Ok(self.web.switch_to_window(tab).await?)
    }

    /// Closes the tab.
    pub async fn close_tab(&self) -> Result<()> {
        Ok(self.web.close_window().await?)
    }

    /// Takes what a CSS selector finds and pulls it so many pixels to the right and down.
    pub async fn drag(&self, css: &str, dx: i64, dy: i64) -> Result<()> {
        let element = self.web.find(By::Css(css)).await?;
        let drag = self
            .web
            .action_chain()
            .move_to_element_center(&element)
            .click_and_hold()
            .move_by_offset(dx / 2, dy / 2)
            .move_by_offset(dx - dx / 2, dy - dy / 2)
            .release();
        drag.perform()
            .await
            .with_context(|| format!("{} drags {css}", self.name))
    }

    /// Takes what a CSS selector finds, carries it onto another element and rests there so many milliseconds, with the
    /// button still down.
    pub async fn carry(&self, css: &str, onto: &str, rest: u64) -> Result<()> {
        let from = self.web.find(By::Css(css)).await?;
        let onto = self.web.find(By::Css(onto)).await?;
        let carry = self
            .web
            .action_chain()
            .move_to_element_center(&from)
            .click_and_hold()
            .move_by_offset(12, 12)
            .move_to_element_center(&onto)
            .move_by_offset(3, 3);
        carry
            .perform()
            .await
            .with_context(|| format!("{} carries {css}", self.name))?;
        tokio::time::sleep(std::time::Duration::from_millis(rest)).await;
        Ok(())
    }

    /// Takes what a CSS selector finds and drops it on another element, without resting there.
    pub async fn drop_onto(&self, css: &str, onto: &str) -> Result<()> {
        let from = self.web.find(By::Css(css)).await?;
        let onto = self.web.find(By::Css(onto)).await?;
        let drop = self
            .web
            .action_chain()
            .move_to_element_center(&from)
            .click_and_hold()
            .move_by_offset(12, 12)
            .move_to_element_center(&onto)
            .release();
        drop.perform()
            .await
            .with_context(|| format!("{} drops {css}", self.name))
    }

    /// Lets go of what was carried.
    pub async fn let_go(&self) -> Result<()> {
        self.web
            .action_chain()
            .release()
            .perform()
            .await
            .with_context(|| format!("{} lets go", self.name))
    }

    /// Pulls the pointer over an element from one place to another, both counted from its upper left corner.
    pub async fn drag_from(&self, id: &str, from: (i64, i64), to: (i64, i64)) -> Result<()> {
        let corner: (f64, f64) = self
            .read(
                "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.left, r.top]",
                json!([testid(id)]),
            )
            .await?;
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
        let (left, top) = (corner.0 as i64, corner.1 as i64);
        let at = |place: (i64, i64)| (left + place.0, top + place.1);
        let middle = at(((from.0 + to.0) / 2, (from.1 + to.1) / 2));
        let (from, to) = (at(from), at(to));
        let drag = self
            .web
            .action_chain()
            .move_to(from.0, from.1)
            .click_and_hold()
            .move_to(middle.0, middle.1)
            .move_to(to.0, to.1)
            .release();
        drag.perform()
            .await
            .with_context(|| format!("{} drags over {id}", self.name))
    }

    /// The address in the address bar.
    pub async fn url(&self) -> Result<String> {
        Ok(self.web.current_url().await?.to_string())
    }

    /// Waits until an element is there and can be seen.
    pub async fn see(&self, id: &str) -> Result<WebElement> {
        self.seen(&format!("{} sees {id}", self.name), &testid(id))
            .await
    }

    /// Whether an element is on the page at this moment.
    pub async fn has(&self, id: &str) -> Result<bool> {
        Ok(self.count(id).await? > 0)
    }

    /// How many elements with this id there are.
    pub async fn count(&self, id: &str) -> Result<usize> {
        self.read(
            "return document.querySelectorAll(arguments[0]).length",
            json!([testid(id)]),
        )
        .await
    }

    /// Waits until an element can be pressed, and presses it.
    pub async fn press(&self, id: &str) -> Result<()> {
        self.press_css(&testid(id)).await
    }

    /// Presses what a CSS selector finds.
    pub async fn press_css(&self, css: &str) -> Result<()> {
        let what = format!("{} presses {css}", self.name);
        until(&what, async || {
            self.web.find(By::Css(css)).await?.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Types into whatever has the keyboard, as fast as keys come.
    pub async fn keys(&self, text: &str) -> Result<()> {
        let element = self.web.active_element().await?;
        element
            .send_keys(text)
            .await
            .with_context(|| format!("{} types {text:?}", self.name))
    }

    /// Waits for a field and types into it.
    pub async fn write(&self, id: &str, text: &str) -> Result<()> {
        self.write_css(&testid(id), text).await
    }

    /// Waits for the field that a CSS selector finds, and types into it.
    pub async fn write_css(&self, css: &str, text: &str) -> Result<()> {
        let field = self
            .seen(&format!("{} sees {css} to write in", self.name), css)
            .await?;
        field
            .send_keys(text)
            .await
            .with_context(|| format!("{} writes {text:?} in {css}", self.name))
    }

    /// Puts text in at the caret as a soft keyboard does: the way for emoji, which WebDriver's keys cannot carry.
    pub async fn insert(&self, text: &str) -> Result<()> {
        let done: bool = self
            .read(
                "return document.execCommand('insertText', false, arguments[0])",
                json!([text]),
            )
            .await?;
        if !done {
            bail!("{}: nothing took the text {text:?}", self.name);
        }
        Ok(())
    }

    /// The texts (or values) of all elements with this id, in the page's order.
    pub async fn texts(&self, id: &str) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .map(e => e.matches('input, textarea, select') ? e.value : e.textContent.trim())";
        self.read(script, json!([testid(id)])).await
    }

    /// The text (or value) of the first element with this id.
    pub async fn text(&self, id: &str) -> Result<String> {
        let texts = self.texts(id).await?;
        texts
            .into_iter()
            .next()
            .with_context(|| format!("{} does not see {id}", self.name))
    }

    /// An attribute of the first element with this id.
    pub async fn attribute(&self, id: &str, name: &str) -> Result<Option<String>> {
        let script =
            "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        self.read(script, json!([testid(id), name])).await
    }

    /// Waits until an attribute of the first element with this id has a value.
    pub async fn attribute_is(&self, id: &str, name: &str, value: &str) -> Result<()> {
        let mut last = None;
        let what = format!("{}: {name} of {id} is {value}", self.name);
        let found = until(&what, async || {
            last = self.attribute(id, name).await?;
            Ok((last.as_deref() == Some(value)).then_some(()))
        })
        .await;
        found.with_context(|| format!("it was {last:?}"))
    }

    /// Gives a file to a file field, which may be hidden.
    pub async fn choose_file(&self, id: &str, path: &std::path::Path) -> Result<()> {
        let field = self.web.find(By::Css(testid(id))).await?;
        field
            .send_keys(path.display().to_string())
            .await
            .with_context(|| format!("{} chooses {}", self.name, path.display()))
    }

    /// Runs JavaScript in the page and reads what it returns.
    pub async fn read<T: DeserializeOwned>(&self, script: &str, args: Value) -> Result<T> {
        let Value::Array(args) = args else {
            bail!("the arguments of a script are a list")
        };
        let value = self.web.execute(script, args).await?;
        Ok(serde_json::from_value(value.json().clone())?)
    }

    /// Whether the page's origin answers at this moment, past every cache of the browser's own.
    pub async fn fetch_works(&self) -> Result<bool> {
        let script = "const done = arguments[0]; fetch(location.href, {cache: 'no-store'}).then(() => done(true), () => done(false))";
        let value = self.web.execute_async(script, Vec::new()).await?;
        Ok(value.json().as_bool() == Some(true))
    }

    /// What the page wrote to its console, where the browser tells (Chromium). Each line is told once.
    pub async fn console(&self) -> Vec<String> {
        let Ok(entries) = self.web.browser_log().await else {
            return Vec::new();
        };
        entries
            .into_iter()
            .map(|entry| format!("{entry:?}"))
            .collect()
    }

    /// Asks the page itself: WebKit's driver calls everything "not displayed" that lies in a box without a size, as
    /// notes on a wall do.
    async fn seen(&self, what: &str, css: &str) -> Result<WebElement> {
        let script = "const e = document.querySelector(arguments[0]); return !!e && e.checkVisibility({
            opacityProperty: true, visibilityProperty: true, checkOpacity: true, checkVisibilityCSS: true })";
        until_for(PATIENCE, what, async || {
            let visible: bool = self.read(script, json!([css])).await?;
            ensure!(visible, "it is not on the screen");
            Ok(Some(self.web.find(By::Css(css)).await?))
        })
        .await
    }
}

/// The CSS selector of a test id.
pub fn testid(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}
