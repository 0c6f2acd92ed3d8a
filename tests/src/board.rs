//! Samsyn as a person at a browser uses it: make a board, join, write, share, take it home.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::browser::{Browser, testid};
use crate::wait::until;

/// Escape, as WebDriver names the key.
const ESCAPE: &str = "\u{e00c}";

/// What the save state says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveState {
    /// `saved`, `saving` or `impossible`.
    pub storage: String,
    /// `offline`, `connecting`, `online` or `other-tab`.
    pub link: String,
    /// Changes that only this device has.
    pub unshared: u32,
    /// Why the server does not share them though it answers; `none` if nothing is in the way.
    pub obstacle: String,
    /// The words a person reads.
    pub words: String,
}

/// A note as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
pub struct ShownNote {
    /// Its text.
    pub text: String,
    /// Its id, in hex.
    pub id: String,
    /// Its position, as the page tells it.
    pub at: (String, String),
}

/// The links in the share dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// For participants.
    pub participant: String,
    /// For observers.
    pub observer: String,
}

impl Browser {
    /// Makes a board from the template "Workshop" on the start screen.
    pub async fn make_board(&self, title: &str) -> Result<()> {
        self.press("new-board").await?;
        self.attribute_is("template-workshop", "type", "radio")
            .await?;
        self.see("board-title").await?.clear().await?;
        self.write("board-title", title).await?;
        self.press("create-board").await?;
        self.see("screen-board").await?;
        Ok(())
    }

    /// Opens the share dialog, reads the links, sees their codes, and closes it.
    pub async fn share(&self) -> Result<Links> {
        self.press("share").await?;
        for id in ["participant-qr", "observer-qr"] {
            self.see(id).await?;
            let drawn: bool = self.read("return !!document.querySelector(arguments[0]).querySelector('svg path, svg rect')", json!([testid(id)])).await?;
            ensure!(drawn, "{id} is empty");
        }
        let links = Links {
            participant: self.text("participant-link").await?,
            observer: self.text("observer-link").await?,
        };
        self.pictures("share").await?;
        self.close_dialog().await?;
        Ok(links)
    }

    /// The facilitator's link, which is folded away in the share dialog.
    pub async fn facilitator_link(&self) -> Result<String> {
        self.press("share").await?;
        self.press("facilitator-show").await?;
        let link = self.text("facilitator-link").await?;
        self.close_dialog().await?;
        Ok(link)
    }

    /// Closes the dialog that is open.
    pub async fn close_dialog(&self) -> Result<()> {
        self.press("dialog-close").await
    }

    /// Opens a link and tells a name.
    pub async fn join(&self, link: &str, name: &str) -> Result<()> {
        self.goto(link).await?;
        self.write("join-name", name).await?;
        self.press("join-go").await?;
        self.see("screen-board").await?;
        Ok(())
    }

    /// Opens the first board on the start screen.
    pub async fn open_first_board(&self) -> Result<()> {
        self.press("board-open").await?;
        self.see("screen-board").await?;
        Ok(())
    }

    /// Opens the page again and the board with it: from the start screen if the page begins there.
    pub async fn back_to_board(&self) -> Result<()> {
        let what = format!("{} sees a screen after loading", self.name());
        let on_start = until(&what, async || {
            if self.has("screen-board").await? {
                return Ok(Some(false));
            }
            Ok(self.has("board-open").await?.then_some(true))
        })
        .await?;
        if on_start {
            self.open_first_board().await
        } else {
            Ok(())
        }
    }

    /// Goes to the section of a kind: `notes`, `rules` or `cross`.
    pub async fn section(&self, kind: &str) -> Result<()> {
        self.press(&format!("tab-{kind}")).await
    }

    /// The headings of the sections, in their order.
    pub async fn tabs(&self) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll('.tabs .tab')].map(tab => tab.textContent.trim())";
        self.read(script, json!([])).await
    }

    /// Takes something out of the trash by its words, and goes back to the section.
    pub async fn restore(&self, words: &str) -> Result<()> {
        self.press("menu").await?;
        self.press("trash").await?;
        let what = format!("{} finds {words:?} in the trash", self.name());
        let id: String = until(&what, async || {
            let script = "return [...document.querySelectorAll('[data-testid=trash-item]')]
                .find(item => item.textContent.includes(arguments[0]))?.dataset.id ?? null";
            self.read(script, json!([words])).await
        })
        .await?;
        self.pictures("trash").await?;
        self.press_css(&format!(
            "[data-testid=trash-item][data-id=\"{id}\"] [data-testid=trash-restore]"
        ))
        .await?;
        self.press("screen-back").await
    }

    /// Takes pictures of what else can be opened on a board: menus, details, list, a quadrant.
    pub async fn look_around(&self) -> Result<()> {
        self.section("notes").await?;
        for (opens, name) in [("menu", "menu"), ("save-state", "save-details")] {
            self.press(opens).await?;
            self.see("dialog-close").await?;
            self.pictures(name).await?;
            self.close_dialog().await?;
        }
        // By the keyboard: a note that was dragged may lie over another one's button.
        let notes = self.notes().await?;
        let first = notes.first().context("the wall has no note")?;
        self.focus_note(&first.text).await?;
        self.keys("m").await?;
        self.see("dialog-close").await?;
        self.pictures("note-menu").await?;
        self.close_dialog().await?;
        self.press("menu").await?;
        self.press("list-view").await?;
        self.see("list-view-screen").await?;
        self.pictures("list").await?;
        self.press("screen-back").await?;
        self.section("cross").await?;
        self.press("quadrant-open").await?;
        self.pictures("quadrant").await?;
        self.press("quadrant-open").await?;
        self.section("notes").await
    }

    /// Starts a note and types, and stays in it.
    pub async fn begin_note(&self, text: &str) -> Result<()> {
        self.press("add-note").await?;
        self.write("note-editor", text).await
    }

    /// Leaves the text that is being written in.
    pub async fn leave_text(&self) -> Result<()> {
        self.keys(ESCAPE).await
    }

    /// Makes a note.
    pub async fn add_note(&self, text: &str) -> Result<()> {
        self.begin_note(text).await?;
        self.leave_text().await?;
        self.sees_notes(&[text]).await
    }

    /// Makes a note as a soft keyboard does, in one piece: the way for emoji.
    pub async fn insert_note(&self, text: &str) -> Result<()> {
        self.press("add-note").await?;
        self.caret_in("note-editor").await?;
        self.insert(text).await?;
        self.leave_text().await?;
        self.sees_notes(&[text]).await
    }

    /// Goes on writing in the note that starts with `start`, at its end, and stays in it.
    pub async fn write_in_note(&self, start: &str, more: &str) -> Result<()> {
        self.focus_note(start).await?;
        self.keys("\u{e007}").await?;
        self.write("note-editor", more).await
    }

    /// Moves the note that starts with `start` to the right by the keyboard.
    pub async fn nudge_note(&self, start: &str) -> Result<()> {
        self.focus_note(start).await?;
        self.keys("\u{e014}\u{e014}\u{e014}").await
    }

    /// Drags the note that starts with `start` with the mouse, and waits until it hangs elsewhere.
    pub async fn drag_note(&self, start: &str, dx: i64, dy: i64) -> Result<ShownNote> {
        let before = self.note(start).await?;
        self.drag(
            &format!("[data-testid=note][data-id=\"{}\"]", before.id),
            dx,
            dy,
        )
        .await?;
        let what = format!("{} has moved {start:?}", self.name());
        until(&what, async || {
            let now = self.note(start).await?;
            Ok((now.at != before.at).then_some(now))
        })
        .await
    }

    /// Waits until the note hangs where `there` does.
    pub async fn sees_note_at(&self, there: &ShownNote) -> Result<()> {
        let what = format!("{} sees {:?} at {:?}", self.name(), there.text, there.at);
        until(&what, async || {
            Ok(self.notes().await?.contains(there).then_some(()))
        })
        .await
    }

    /// The note that starts with `start`.
    pub async fn note(&self, start: &str) -> Result<ShownNote> {
        let notes = self.notes().await?;
        let mut notes = notes.into_iter();
        notes
            .find(|note| note.text.starts_with(start))
            .with_context(|| format!("{} sees no note {start:?}", self.name()))
    }

    /// Removes the note that starts with `start`.
    pub async fn remove_note(&self, start: &str) -> Result<()> {
        self.focus_note(start).await?;
        self.keys("\u{e017}").await?;
        self.sees_no_note(start).await
    }

    /// Every note on the screen, ordered by its text.
    pub async fn notes(&self) -> Result<Vec<ShownNote>> {
        let script = "return [...document.querySelectorAll('[data-testid=note]')].map(note => ({
            text: note.querySelector('[data-testid=note-text]')?.dataset.text ?? '',
            id: note.dataset.id, at: [note.dataset.x, note.dataset.y] }))";
        let mut notes: Vec<ShownNote> = self.read(script, json!([])).await?;
        notes.sort();
        Ok(notes)
    }

    /// Waits until each of these texts is the text of exactly one note.
    pub async fn sees_notes(&self, texts: &[&str]) -> Result<()> {
        let what = format!("{} sees the notes {texts:?}", self.name());
        let mut seen = Vec::new();
        let found = until(&what, async || {
            seen = self.notes().await?;
            let once = |text: &&str| seen.iter().filter(|note| note.text == *text).count() == 1;
            Ok(texts.iter().all(once).then_some(()))
        })
        .await;
        found.map_err(|error| error.context(format!("the notes were {seen:?}")))
    }

    /// Waits until no note starts with this.
    pub async fn sees_no_note(&self, start: &str) -> Result<()> {
        let what = format!("{} no longer sees the note {start:?}", self.name());
        until(&what, async || {
            let notes = self.notes().await?;
            Ok((!notes.iter().any(|note| note.text.starts_with(start))).then_some(()))
        })
        .await
    }

    /// Makes a ground rule.
    pub async fn add_rule(&self, text: &str) -> Result<()> {
        let before = self.count("rule").await?;
        self.press("add-rule").await?;
        until("the new rule", async || {
            Ok((self.count("rule").await? > before).then_some(()))
        })
        .await?;
        self.caret_in("rule-editor").await?;
        self.keys(text).await?;
        self.leave_text().await
    }

    /// Supports the ground rule that reads like this.
    pub async fn support_rule(&self, text: &str) -> Result<()> {
        let id = self.record("rule", "rule-text", text).await?;
        self.press_css(&format!(
            "[data-testid=rule][data-id=\"{id}\"] [data-testid=rule-support]"
        ))
        .await
    }

    /// Waits until the ground rule that reads like this has so many supporters.
    pub async fn sees_support(&self, text: &str, count: u32) -> Result<()> {
        let what = format!("{} sees {count} support {text:?}", self.name());
        until(&what, async || {
            let id = self.record("rule", "rule-text", text).await?;
            let css = format!("[data-testid=rule][data-id=\"{id}\"]");
            let shown: String = self
                .read(
                    "return document.querySelector(arguments[0]).dataset.support",
                    json!([css]),
                )
                .await?;
            Ok((shown == count.to_string()).then_some(()))
        })
        .await
    }

    /// What the texts with this id say, in the page's order.
    pub async fn shown(&self, id: &str) -> Result<Vec<String>> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map(e => e.dataset.text ?? '')";
        self.read(script, json!([testid(id)])).await
    }

    /// Waits until a text with this id says exactly this.
    pub async fn sees_text(&self, id: &str, text: &str) -> Result<()> {
        let mut seen = Vec::new();
        let what = format!("{} sees {text:?} in {id}", self.name());
        let found = until(&what, async || {
            seen = self.shown(id).await?;
            Ok(seen.iter().any(|shown| shown == text).then_some(()))
        })
        .await;
        found.map_err(|error| error.context(format!("it was {seen:?}")))
    }

    /// Writes into the `index`-th text with this id and leaves it.
    pub async fn fill(&self, id: &str, index: usize, text: &str) -> Result<()> {
        let what = format!("{} focuses {id}", self.name());
        until(&what, async || {
            let script = "const e = document.querySelectorAll(arguments[0])[arguments[1]]; e.scrollIntoView(); e.focus(); return document.activeElement === e";
            Ok(self.read::<bool>(script, json!([testid(&format!("{id}-editor")), index])).await?.then_some(()))
        })
        .await?;
        self.keys(text).await?;
        self.leave_text().await
    }

    /// What the save state says now.
    pub async fn save_state(&self) -> Result<SaveState> {
        let script = "const s = document.querySelector('[data-testid=save-state]');
            return s && [s.dataset.storage, s.dataset.link, s.dataset.unshared, s.dataset.obstacle, s.textContent.trim()]";
        let shown: Option<[String; 5]> = self.read(script, json!([])).await?;
        let [storage, link, unshared, obstacle, words] =
            shown.context("no save state on the screen")?;
        Ok(SaveState {
            storage,
            link,
            unshared: unshared.parse()?,
            obstacle,
            words,
        })
    }

    /// Waits until the save state is as `wanted` says, and hands it back.
    pub async fn saves(&self, wanted: &str, is: impl Fn(&SaveState) -> bool) -> Result<SaveState> {
        let mut last = None;
        let what = format!("{}: {wanted}", self.name());
        let found = until(&what, async || {
            let state = self.save_state().await?;
            let good = is(&state);
            last = Some(state.clone());
            Ok(good.then_some(state))
        })
        .await;
        found.map_err(|error| error.context(format!("the save state was {last:?}")))
    }

    /// Waits until everything is shared.
    pub async fn all_shared(&self) -> Result<SaveState> {
        self.saves("all is shared", |state| {
            state.link == "online" && state.unshared == 0 && state.storage == "saved"
        })
        .await
    }

    /// Waits until it knows that there is no network and everything typed is on the disk.
    pub async fn offline(&self) -> Result<SaveState> {
        self.saves("knows that it is offline", |state| {
            state.link == "offline" && state.storage == "saved"
        })
        .await
    }

    /// Takes the archive home through the board's menu.
    pub async fn download_archive(&self) -> Result<PathBuf> {
        self.press("menu").await?;
        self.press("export-archive").await?;
        until("the archive in the downloads", async || {
            self.download(".json")
        })
        .await
    }

    /// Goes back to the start screen.
    pub async fn go_home(&self) -> Result<()> {
        self.press("top-home").await?;
        self.see("screen-start").await?;
        Ok(())
    }

    /// Puts the keyboard on the note that starts with `start`.
    pub async fn focus_note(&self, start: &str) -> Result<()> {
        let what = format!("{} picks the note {start:?}", self.name());
        until(&what, async || {
            let script = "const n = [...document.querySelectorAll('[data-testid=note]')]
                .find(n => n.querySelector('[data-testid=note-text]')?.dataset.text.startsWith(arguments[0]));
                n?.focus(); return !!n && document.activeElement === n";
            Ok(self.read::<bool>(script, json!([start])).await?.then_some(()))
        })
        .await
    }

    /// Waits until the caret is in a field with this id.
    async fn caret_in(&self, id: &str) -> Result<()> {
        let what = format!("{} has the caret in {id}", self.name());
        until(&what, async || {
            let script = "return document.activeElement?.dataset.testid === arguments[0]";
            Ok(self.read::<bool>(script, json!([id])).await?.then_some(()))
        })
        .await
    }

    /// The id of the record whose text is this.
    pub async fn record(&self, id: &str, text_id: &str, text: &str) -> Result<String> {
        let what = format!("{} finds the {id} {text:?}", self.name());
        until(&what, async || {
            let script = "return [...document.querySelectorAll(arguments[0])]
                .find(e => e.querySelector(arguments[1])?.dataset.text === arguments[2])?.dataset.id ?? null";
            self.read(script, json!([testid(id), testid(text_id), text])).await
        })
        .await
    }
}
