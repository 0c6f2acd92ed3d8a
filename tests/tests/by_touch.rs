//! The main job by fingers alone, on a tablet: tapped, held and dragged, pinched, and not one press of a mouse or a key.

use anyhow::{Context, Result, ensure};
use samsyn_tests::browser::{Browser, Make, Spot, testid};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::{Value, json};

const TITLE: &str = "Nattbemanning i norr";
/// A note in somebody's hand.
const HELD: &str = ".note-held";

/// Somebody with a tablet and no keyboard.
struct Tablet<'a>(&'a Browser);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn the_main_job_is_done_by_touch_alone() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let bo = room.enter("bo").await?;
    let result = main_job(&room, &bo).await;
    room.tell(result, &[&bo]).await
}

async fn main_job(room: &Room, bo: &Browser) -> Result<()> {
    bo.be_a_tablet().await?;
    bo.goto(&room.wifi.url()).await?;
    let tablet = Tablet(bo);
    tablet.makes_a_board().await?;
    tablet.writes_and_carries().await?;
    tablet.pushes_and_zooms().await?;
    tablet.colours_and_sends().await?;
    tablet.agrees_on_a_rule().await?;
    tablet.names_a_scenario().await?;
    tablet.takes_back_and_finds().await?;
    tablet.picks_several().await?;
    tablet.throws_away_and_takes_back().await?;
    tablet.invites_and_takes_home().await
}

impl Tablet<'_> {
    async fn makes_a_board(&self) -> Result<()> {
        let bo = self.0;
        bo.tap("new-board").await?;
        bo.tap("template-empty").await?;
        bo.tap("template-workshop").await?;
        self.write("board-title", TITLE).await?;
        bo.tap("create-board").await?;
        bo.see("screen-board").await?;
        until("the board's name", async || {
            Ok((bo.text("board-heading").await? == TITLE).then_some(()))
        })
        .await
    }

    async fn writes_and_carries(&self) -> Result<()> {
        let bo = self.0;
        bo.tap("tab-notes").await?;
        bo.tap("add-note").await?;
        self.types("note-editor", "Vikarier saknas").await?;
        self.tap_beside().await?;
        bo.sees_notes(&["Vikarier saknas"]).await?;
        until("the text is left", async || {
            Ok((!bo.has("note-editor").await?).then_some(()))
        })
        .await?;
        // A double tap makes a note where it is, and one on a note writes in it.
        bo.double_tap_at(self.free().await?).await?;
        self.types("note-editor", "Jouren ringer").await?;
        self.tap_beside().await?;
        bo.sees_notes(&["Jouren ringer"]).await?;
        let note = note(bo, "Jouren").await?;
        bo.double_tap_at(bo.spot(&note).await?).await?;
        self.types("note-editor", " ingen").await?;
        self.tap_beside().await?;
        bo.sees_notes(&["Jouren ringer ingen"]).await?;
        // Held and carried.
        let before = bo.note("Jouren").await?.at;
        let to = self.free().await?;
        bo.hold_and_drag(&note, HELD, to).await?;
        until("the note hangs elsewhere", async || {
            Ok((bo.note("Jouren").await?.at != before).then_some(()))
        })
        .await?;
        // A finger that does not rest pushes the wall, and the note stays where it hangs.
        let before = bo.note("Jouren").await?.at;
        let (wall, from) = (self.wall().await?, bo.spot(&note).await?);
        bo.pull(&[(from, from.by(80.0, 40.0))]).await?;
        self.wall_is("pushed", |now| now != wall).await?;
        ensure!(
            bo.note("Jouren").await?.at == before,
            "a push moved the note"
        );
        Ok(())
    }

    async fn pushes_and_zooms(&self) -> Result<()> {
        let bo = self.0;
        let free = self.free().await?;
        let before = self.wall().await?;
        let scale = |it: &[f64]| it.last().copied().unwrap_or_default();
        let down = |it: &[f64]| it.get(1).copied().unwrap_or_default();
        // Apart: larger.
        let (left, right) = (free.by(-40.0, 0.0), free.by(40.0, 0.0));
        bo.pull(&[(left, left.by(-60.0, 0.0)), (right, right.by(60.0, 0.0))])
            .await?;
        let larger = |now: &[f64]| scale(now) > scale(&before) * 1.5;
        let larger = self.wall_is("enlarged", larger).await?;
        // Together in one direction: pushed, and as large as before.
        bo.pull(&[(left, left.by(0.0, -90.0)), (right, right.by(0.0, -90.0))])
            .await?;
        let pushed = |now: &[f64]| down(now) < down(&larger) - 60.0;
        let pushed = self.wall_is("pushed upward", pushed).await?;
        let change = scale(&pushed) / scale(&larger);
        ensure!((0.85..1.15).contains(&change), "{larger:?} {pushed:?}");
        bo.tap("zoom-fit").await?;
        let whole = |now: &[f64]| scale(now) < scale(&larger);
        self.wall_is("shown whole", whole).await.map(drop)
    }

    async fn colours_and_sends(&self) -> Result<()> {
        let bo = self.0;
        let vikarier = note(bo, "Vikarier").await?;
        bo.tap_css(&format!("{vikarier} {}", testid("note-menu")))
            .await?;
        bo.tap("colour-green").await?;
        until("the note is green", async || {
            let script =
                "return document.querySelector(arguments[0]).classList.contains('paper-green')";
            Ok(bo
                .read::<bool>(script, json!([vikarier]))
                .await?
                .then_some(()))
        })
        .await?;
        bo.tap("note-move-top_right").await?;
        bo.sees_no_note("Vikarier").await
    }

    async fn agrees_on_a_rule(&self) -> Result<()> {
        let bo = self.0;
        bo.tap("tab-rules").await?;
        bo.tap("add-rule").await?;
        self.types("rule-editor", "Vi säger ifrån när vi inte hinner")
            .await?;
        bo.tap("rule-support").await?;
        bo.sees_support("Vi säger ifrån när vi inte hinner", 1)
            .await?;
        bo.tap("rule-agree").await?;
        bo.attribute_is("rule", "data-status", "agreed").await?;
        bo.tap("rule-more").await?;
        self.write("rule-why-editor", "Ingen ska bära natten ensam")
            .await?;
        bo.sees_text("rule-why", "Ingen ska bära natten ensam")
            .await
    }

    async fn names_a_scenario(&self) -> Result<()> {
        let bo = self.0;
        bo.tap("tab-cross").await?;
        self.write("cross-question-editor", "Vem sitter natten 2035?")
            .await?;
        self.write("axis-y-name-editor", "Tillgång till personal")
            .await?;
        let quadrant =
            |at: u32, what: &str| format!("[data-testid=quadrant][data-quadrant=\"{at}\"] {what}");
        let open = quadrant(1, &testid("quadrant-open"));
        bo.tap_css(&open).await?;
        bo.attribute_is("quadrant", "data-quadrant", "1").await?;
        self.write("quadrant-name-editor", "Lugna nätter").await?;
        self.write("quadrant-story-editor", "Poolen räcker till alla")
            .await?;
        bo.tap("quadrant-add-note").await?;
        self.types("note-editor", "Fler vill ha natt").await?;
        bo.tap_css(&open).await?;
        until("all four scenarios", async || {
            Ok((bo.count("quadrant").await? == 4).then_some(()))
        })
        .await?;
        bo.sees_notes(&["Vikarier saknas", "Fler vill ha natt"])
            .await?;
        for (id, text) in [
            ("axis-y-name", "Tillgång till personal"),
            ("quadrant-name", "Lugna nätter"),
            ("quadrant-story", "Poolen räcker till alla"),
        ] {
            bo.sees_text(id, text).await?;
        }
        // Carried from one scenario into another.
        let vikarier = note(bo, "Vikarier").await?;
        let to = bo.spot(&quadrant(0, &testid("quadrant-add-note"))).await?;
        bo.spot(&vikarier).await?;
        bo.hold_and_drag(&vikarier, HELD, to).await?;
        let what = "the note is in the other scenario";
        until(what, async || {
            let script = "return !!document.querySelector(arguments[0])";
            Ok(bo
                .read::<bool>(script, json!([quadrant(0, &vikarier)]))
                .await?
                .then_some(()))
        })
        .await
    }

    async fn takes_back_and_finds(&self) -> Result<()> {
        let bo = self.0;
        bo.tap("undo-step").await?;
        let vikarier = note(bo, "Vikarier").await?;
        until("the note is back in its scenario", async || {
            let script = "return document.querySelector(arguments[0]).closest('[data-testid=quadrant]').dataset.quadrant";
            let at: String = bo.read(script, json!([vikarier])).await?;
            Ok((at == "1").then_some(()))
        })
        .await?;
        bo.tap("search-open").await?;
        self.types("search-field", "jouren").await?;
        bo.tap("search-next").await?;
        // The note is on the wall, which the search has opened.
        bo.sees_notes(&["Jouren ringer ingen"]).await?;
        bo.tap("search-close").await
    }

    async fn picks_several(&self) -> Result<()> {
        let bo = self.0;
        bo.tap("add-note").await?;
        self.types("note-editor", "Schemat håller inte").await?;
        self.tap_beside().await?;
        bo.sees_notes(&["Schemat håller inte"]).await?;
        bo.tap("zoom-fit").await?;
        bo.tap("pick-mode").await?;
        for start in ["Jouren", "Schemat"] {
            bo.tap_css(&note(bo, start).await?).await?;
        }
        self.picked("2").await?;
        bo.tap("picks-arrange").await?;
        until("they stand beside each other", async || {
            let (a, b) = (bo.note("Schemat").await?, bo.note("Jouren").await?);
            Ok((a.at.1 == b.at.1 && a.at.0 != b.at.0).then_some(()))
        })
        .await?;
        bo.tap("picks-drop").await?;
        until("nothing is picked", async || {
            Ok((!bo.has("picks").await?).then_some(()))
        })
        .await?;
        // A frame around both.
        bo.tap("zoom-fit").await?;
        bo.tap("pick-mode").await?;
        let wall: Spot = bo
            .read(
                "const r = document.querySelector('[data-testid=wall]').getBoundingClientRect();
                return {x: r.left, y: r.top}",
                json!([]),
            )
            .await?;
        bo.pull(&[(wall.by(12.0, 12.0), wall.by(1000.0, 560.0))])
            .await?;
        self.picked("2").await?;
        bo.picture("touch-picked").await?;
        bo.tap("picks-menu").await?;
        bo.tap("colour-blue").await?;
        bo.tap("dialog-close").await?;
        bo.tap("picks-remove").await?;
        bo.sees_no_note("Schemat").await?;
        bo.tap("undo").await?;
        bo.sees_notes(&["Schemat håller inte", "Jouren ringer ingen"])
            .await
    }

    async fn throws_away_and_takes_back(&self) -> Result<()> {
        let bo = self.0;
        let schemat = note(bo, "Schemat").await?;
        bo.tap_css(&format!("{schemat} {}", testid("note-menu")))
            .await?;
        bo.tap("note-remove").await?;
        bo.sees_no_note("Schemat").await?;
        bo.tap("menu").await?;
        bo.tap("trash").await?;
        bo.tap_css(&format!(
            "[data-testid=trash-item]{} {}",
            schemat.trim_start_matches("[data-testid=note]"),
            testid("trash-restore")
        ))
        .await?;
        bo.tap("screen-back").await?;
        bo.sees_notes(&["Schemat håller inte"]).await
    }

    async fn invites_and_takes_home(&self) -> Result<()> {
        let bo = self.0;
        bo.tap("share").await?;
        let link = until("the link", async || {
            let link = bo.text("participant-link").await?;
            Ok(link.contains("/#").then_some(link))
        })
        .await?;
        ensure!(link.starts_with("http"), "{link} is no link");
        bo.tap("dialog-close").await?;
        bo.all_shared().await?;
        bo.tap("menu").await?;
        bo.tap("export-archive").await?;
        let file = until("the archive", async || bo.download(".json")).await?;
        let archive: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        let notes = archive.get("notes").and_then(Value::as_array);
        let notes = notes.context("no notes in the archive")?;
        ensure!(notes.len() == 4, "{} notes in the archive", notes.len());
        bo.tap("menu").await?;
        bo.tap("finish").await?;
        bo.tap("finish-confirm").await?;
        bo.attribute_is("standing", "data-phase", "finished").await
    }

    /// Taps a field and types in it.
    async fn write(&self, id: &str, text: &str) -> Result<()> {
        self.0.tap(id).await?;
        self.types(id, text).await
    }

    /// Types in a field once it has the caret.
    async fn types(&self, id: &str, text: &str) -> Result<()> {
        let what = format!("the caret is in {id}");
        until(&what, async || {
            let script = "return document.activeElement?.dataset.testid === arguments[0]";
            Ok(self
                .0
                .read::<bool>(script, json!([id]))
                .await?
                .then_some(()))
        })
        .await?;
        self.0.type_in(text).await
    }

    /// Taps where the wall is empty.
    async fn tap_beside(&self) -> Result<()> {
        self.0.tap_at(self.free().await?).await
    }

    /// A place of the wall with nothing near it.
    async fn free(&self) -> Result<Spot> {
        until("a free place on the wall", async || {
            let script = "const w = document.querySelector('[data-testid=wall]').getBoundingClientRect();
                const free = (x, y) => [[0,0],[-130,-60],[130,-60],[-130,60],[130,60]].every(([dx, dy]) => {
                    const e = document.elementFromPoint(x + dx, y + dy);
                    return e?.closest('[data-testid=wall]') && !e.closest('.note'); });
                for (let y = w.top + 120; y < w.bottom - 80; y += 60)
                    for (let x = w.left + 160; x < w.right - 160; x += 60) if (free(x, y)) return {x, y};
                return null";
            self.0.read(script, json!([])).await
        })
        .await
    }

    /// Where the wall is looked at from: pushed right, pushed down, enlarged.
    async fn wall(&self) -> Result<Vec<f64>> {
        let script = "return document.querySelector('.wall-plane').style.transform.match(/-?[\\d.]+/g).map(Number)";
        self.0.read(script, json!([])).await
    }

    async fn wall_is(&self, how: &str, good: impl Fn(&[f64]) -> bool) -> Result<Vec<f64>> {
        let mut last = Vec::new();
        let found = until(&format!("the wall is {how}"), async || {
            last = self.wall().await?;
            Ok(good(&last).then_some(last.clone()))
        })
        .await;
        found.with_context(|| format!("{last:?}"))
    }

    async fn picked(&self, count: &str) -> Result<()> {
        let what = format!("{count} notes are picked");
        until(&what, async || {
            let said = self.0.text("picks-count").await?;
            Ok(said.starts_with(count).then_some(()))
        })
        .await
    }
}

/// The CSS selector of the note that starts with this.
async fn note(person: &Browser, start: &str) -> Result<String> {
    let id = person.note(start).await?.id;
    Ok(format!("[data-testid=note][data-id=\"{id}\"]"))
}
