//! The main job by the keyboard alone: from the start page to the archive, and not one press of a mouse or a finger.

use anyhow::{Context, Result, ensure};
use samsyn_tests::browser::{Browser, Make, Towards, testid};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::{Value, json};
use thirtyfour::Key;

const TITLE: &str = "Nattbemanning i norr";

/// Somebody who has no other way in than the keyboard.
struct Keyboard<'a>(&'a Browser);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn the_main_job_is_done_by_keyboard_alone() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let bo = room.enter("bo").await?;
    let result = main_job(&room, &bo).await;
    room.tell(result, &[&bo]).await
}

async fn main_job(room: &Room, bo: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.see("screen-start").await?;
    let keyboard = Keyboard(bo);
    keyboard.makes_a_board().await?;
    keyboard.writes_colours_and_moves().await?;
    keyboard.agrees_on_a_rule().await?;
    keyboard.names_a_scenario().await?;
    keyboard.takes_back_and_finds().await?;
    keyboard.picks_several().await?;
    keyboard.throws_away_and_takes_back().await?;
    keyboard.invites_and_takes_home().await
}

impl Keyboard<'_> {
    async fn makes_a_board(&self) -> Result<()> {
        self.enter("new-board").await?;
        self.0.focus_is(&testid("board-title")).await?;
        self.0.strike(TITLE).await?;
        self.to("template-workshop").await?;
        self.0.strike(&Key::Down.value().to_string()).await?;
        self.0.focus_is(&testid("template-empty")).await?;
        self.0.strike(&Key::Up.value().to_string()).await?;
        self.0.focus_is(&testid("template-workshop")).await?;
        self.enter("create-board").await?;
        self.0.see("screen-board").await?;
        until("the board's name", async || {
            Ok((self.0.text("board-heading").await? == TITLE).then_some(()))
        })
        .await
    }

    async fn writes_colours_and_moves(&self) -> Result<()> {
        let bo = self.0;
        self.enter("tab-notes").await?;
        for text in ["Vikarier saknas", "Jouren ringer ingen"] {
            self.enter("add-note").await?;
            bo.focus_is(&testid("note-editor")).await?;
            bo.strike(text).await?;
            bo.strike(&Key::Escape.value().to_string()).await?;
            bo.focus_is(&note(&bo.note(text).await?.id)).await?;
            bo.sees_notes(&[text]).await?;
        }
        let hangs = bo.note("Vikarier").await?;
        let there = note(&hangs.id);
        bo.reach(&there, Towards::Former).await?;
        // Coloured by its menu; afterwards the keyboard is back on the note.
        bo.strike("m").await?;
        self.to("colour-yellow").await?;
        bo.strike(&Key::Right.value().to_string()).await?;
        self.has_class(&hangs.id, "paper-orange").await?;
        bo.strike(&Key::Escape.value().to_string()).await?;
        bo.focus_is(&there).await?;
        // Moved by arrows.
        for key in [Key::Right, Key::Down, Key::Down] {
            bo.strike(&key.value().to_string()).await?;
        }
        until("the note hangs elsewhere", async || {
            Ok((bo.note("Vikarier").await?.at != hangs.at).then_some(()))
        })
        .await?;
        bo.focus_is(&there).await?;
        // Moved into a scenario by its menu. It is gone from here, and the keyboard is on the note beside it.
        bo.strike("m").await?;
        self.enter("note-move-top_right").await?;
        bo.sees_no_note("Vikarier").await?;
        bo.focus_is(&testid("note")).await
    }

    async fn agrees_on_a_rule(&self) -> Result<()> {
        let bo = self.0;
        self.back_to("tab-rules").await?;
        self.enter("add-rule").await?;
        bo.focus_is(&testid("rule-editor")).await?;
        bo.strike("Vi säger ifrån när vi inte hinner").await?;
        bo.strike(&Key::Enter.value().to_string()).await?;
        bo.sees_text("rule-text", "Vi säger ifrån när vi inte hinner")
            .await?;
        self.enter("rule-support").await?;
        bo.sees_support("Vi säger ifrån när vi inte hinner", 1)
            .await?;
        self.enter("rule-agree").await?;
        bo.attribute_is("rule", "data-status", "agreed").await?;
        // The button is gone with what it did; the keyboard stays at its rule.
        bo.focus_is("[data-testid=rule] *").await?;
        self.enter("rule-more").await?;
        self.to("rule-why-editor").await?;
        bo.strike("Ingen ska bära natten ensam").await?;
        bo.sees_text("rule-why", "Ingen ska bära natten ensam")
            .await
    }

    async fn names_a_scenario(&self) -> Result<()> {
        let bo = self.0;
        self.back_to("tab-cross").await?;
        self.to("cross-question-editor").await?;
        bo.strike("Vem sitter natten 2035?").await?;
        self.to("axis-y-name-editor").await?;
        bo.strike("Tillgång till personal").await?;
        let quadrant = |what: &str| {
            format!("[data-testid=quadrant][data-quadrant=\"1\"] [data-testid={what}]")
        };
        bo.reach(&quadrant("quadrant-open"), Towards::Next).await?;
        bo.strike(&Key::Enter.value().to_string()).await?;
        bo.attribute_is("quadrant", "data-quadrant", "1").await?;
        // It fills the screen, and the keyboard is still on its button.
        bo.focus_is(&quadrant("quadrant-open")).await?;
        bo.reach(&quadrant("quadrant-name-editor"), Towards::Next)
            .await?;
        bo.strike("Lugna nätter").await?;
        bo.reach(&quadrant("quadrant-story-editor"), Towards::Next)
            .await?;
        bo.strike("Poolen räcker till alla").await?;
        bo.reach(&quadrant("quadrant-add-note"), Towards::Next)
            .await?;
        bo.strike(&Key::Enter.value().to_string()).await?;
        bo.focus_is(&testid("note-editor")).await?;
        bo.strike("Fler vill ha natt").await?;
        bo.strike(&Key::Escape.value().to_string()).await?;
        bo.focus_is(&testid("note")).await?;
        bo.sees_notes(&["Vikarier saknas", "Fler vill ha natt"])
            .await?;
        bo.reach(&quadrant("quadrant-open"), Towards::Former)
            .await?;
        bo.strike(&Key::Enter.value().to_string()).await?;
        until("all four scenarios", async || {
            Ok((bo.count("quadrant").await? == 4).then_some(()))
        })
        .await?;
        bo.focus_is(&quadrant("quadrant-open")).await?;
        bo.sees_text("axis-y-name", "Tillgång till personal")
            .await?;
        bo.sees_text("quadrant-name", "Lugna nätter").await?;
        bo.sees_text("quadrant-story", "Poolen räcker till alla")
            .await
    }

    async fn takes_back_and_finds(&self) -> Result<()> {
        let bo = self.0;
        self.back_to("undo-step").await?;
        bo.sees_no_note("Fler vill").await?;
        bo.focus_is(&testid("undo-step")).await?;
        bo.strike_with(&[Key::Control, Key::Shift], 'z').await?;
        bo.sees_notes(&["Fler vill ha natt"]).await?;
        bo.strike_with(&[Key::Control], 'f').await?;
        bo.focus_is(&testid("search-field")).await?;
        bo.strike("jouren").await?;
        bo.strike(&Key::Enter.value().to_string()).await?;
        // The note is on the wall, which the search has opened.
        bo.sees_notes(&["Jouren ringer ingen"]).await?;
        bo.focus_is(&testid("search-field")).await?;
        bo.strike(&Key::Escape.value().to_string()).await?;
        let found = note(&bo.note("Jouren").await?.id);
        bo.focus_is(&found).await
    }

    async fn picks_several(&self) -> Result<()> {
        let bo = self.0;
        for text in ["Schemat håller inte", "Bilen står i söder"] {
            bo.strike("n").await?;
            bo.focus_is(&testid("note-editor")).await?;
            bo.strike(text).await?;
            bo.strike(&Key::Escape.value().to_string()).await?;
            bo.sees_notes(&[text]).await?;
        }
        bo.strike(" ").await?;
        bo.reach(&note(&bo.note("Schemat").await?.id), Towards::Former)
            .await?;
        bo.strike(" ").await?;
        self.picked("2").await?;
        self.enter("picks-menu").await?;
        self.to_any_colour().await?;
        bo.strike(&Key::Right.value().to_string()).await?;
        bo.strike(&Key::Escape.value().to_string()).await?;
        bo.focus_is("[data-testid=note], [data-testid=picks-menu]")
            .await?;
        self.enter("picks-arrange").await?;
        until("they stand beside each other", async || {
            let (a, b) = (bo.note("Schemat").await?, bo.note("Bilen").await?);
            Ok((a.at.1 == b.at.1 && a.at.0 != b.at.0).then_some(()))
        })
        .await?;
        self.enter("picks-double").await?;
        until("there are two more", async || {
            Ok((bo.notes().await?.len() == 5).then_some(()))
        })
        .await?;
        // The copies are picked now, and the keyboard is still on the bar.
        bo.focus_is(&testid("picks-double")).await?;
        self.enter("picks-remove").await?;
        until("the copies are gone", async || {
            Ok((bo.notes().await?.len() == 3).then_some(()))
        })
        .await?;
        // So is the bar, and the keyboard is on what stands before it.
        bo.focus_is(&testid("add-note")).await
    }

    async fn throws_away_and_takes_back(&self) -> Result<()> {
        let bo = self.0;
        bo.reach(&note(&bo.note("Schemat").await?.id), Towards::Former)
            .await?;
        bo.strike(&Key::Delete.value().to_string()).await?;
        bo.sees_no_note("Schemat").await?;
        // The keyboard is on the note beside it.
        bo.focus_is(&testid("note")).await?;
        self.back_to("menu").await?;
        self.enter("trash").await?;
        bo.see("trash-screen").await?;
        let id: String = bo
            .read(
                "return [...document.querySelectorAll('[data-testid=trash-item]')]
                    .find(item => item.textContent.includes('Schemat'))?.dataset.id ?? ''",
                json!([]),
            )
            .await?;
        let gone = format!("[data-testid=trash-item][data-id=\"{id}\"]");
        bo.reach(
            &format!("{gone} [data-testid=trash-restore]"),
            Towards::Next,
        )
        .await?;
        bo.strike(&Key::Enter.value().to_string()).await?;
        until("it is out of the trash", async || {
            let left: usize = bo
                .read(
                    "return document.querySelectorAll(arguments[0]).length",
                    json!([gone]),
                )
                .await?;
            Ok((left == 0).then_some(()))
        })
        .await?;
        bo.focus_is("[data-testid=trash-restore], [data-testid=screen-back]")
            .await?;
        self.back_to("screen-back").await?;
        bo.sees_notes(&["Schemat håller inte"]).await?;
        bo.focus_is(&testid("note")).await
    }

    async fn invites_and_takes_home(&self) -> Result<()> {
        let bo = self.0;
        self.back_to("share").await?;
        self.to("participant-link").await?;
        let link = bo.text("participant-link").await?;
        ensure!(link.contains("/#"), "{link} is no link");
        bo.strike(&Key::Escape.value().to_string()).await?;
        bo.focus_is(&testid("share")).await?;
        bo.all_shared().await?;
        self.enter("menu").await?;
        self.enter("export-archive").await?;
        let file = until("the archive", async || bo.download(".json")).await?;
        bo.focus_is(&testid("menu")).await?;
        let archive: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        let notes = archive.get("notes").and_then(Value::as_array);
        let notes = notes.context("no notes in the archive")?;
        ensure!(notes.len() == 7, "{} notes in the archive", notes.len());
        self.enter("menu").await?;
        self.enter("finish").await?;
        self.enter("finish-confirm").await?;
        bo.see("standing").await?;
        bo.attribute_is("standing", "data-phase", "finished").await
    }

    /// Goes to something with Tab.
    async fn to(&self, id: &str) -> Result<()> {
        let what = format!("{id} is there");
        until(&what, async || Ok(self.0.has(id).await?.then_some(()))).await?;
        self.0.reach(&testid(id), Towards::Next).await
    }

    /// Goes to something with Tab and strikes Enter.
    async fn enter(&self, id: &str) -> Result<()> {
        self.to(id).await?;
        self.0.strike(&Key::Enter.value().to_string()).await
    }

    /// The same, backward.
    async fn back_to(&self, id: &str) -> Result<()> {
        self.0.reach(&testid(id), Towards::Former).await?;
        self.0.strike(&Key::Enter.value().to_string()).await
    }

    async fn to_any_colour(&self) -> Result<()> {
        self.0
            .reach("[data-testid^=\"colour-\"]", Towards::Next)
            .await
    }

    async fn picked(&self, count: &str) -> Result<()> {
        let what = format!("{count} notes are picked");
        until(&what, async || {
            let said = self.0.text("picks-count").await?;
            Ok(said.starts_with(count).then_some(()))
        })
        .await
    }

    async fn has_class(&self, id: &str, class: &str) -> Result<()> {
        let what = format!("the note is {class}");
        until(&what, async || {
            let has: bool = self
                .0
                .read(
                    "return document.querySelector(arguments[0]).classList.contains(arguments[1])",
                    json!([note(id), class]),
                )
                .await?;
            Ok(has.then_some(()))
        })
        .await
    }
}

/// The CSS selector of a note.
fn note(id: &str) -> String {
    format!("[data-testid=note][data-id=\"{id}\"]")
}
