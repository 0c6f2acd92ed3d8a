//! Notes are sorted under headings: by hand, by menu, many at once; and everybody sees the same, in every view.

use anyhow::{Context, Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

const TITLE: &str = "Ledningsgruppen: våra frågor";
const NOTES: [&str; 9] = [
    "Vem vikarierar när Ulla går i pension?",
    "Tre av tio slutar första året",
    "Introduktionen tar slut efter två dagar",
    "Schemat läggs utan att någon frågar",
    "Två system för samma dokumentation",
    "Surfplattorna laddas inte på natten",
    "Anhöriga får olika svar",
    "Kommunrehab och vi planerar var för sig",
    "Fler som vill bo kvar hemma",
];
const ESCAPE: &str = "\u{e00c}";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn notes_are_sorted_under_headings_by_hand_and_by_menu() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = sort(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

/// Waits until a person sees a note under a heading, or under none.
async fn sees_under(person: &Browser, start: &str, heading: Option<&str>) -> Result<()> {
    let what = format!("{} sees {start:?} under {heading:?}", person.name());
    until(&what, async || {
        let script = "const note = [...document.querySelectorAll('[data-testid=note]')]
                .find(it => it.dataset.id === arguments[0]);
            const heading = document.querySelector(`[data-testid=note][data-id=\"${note.dataset.under}\"] [data-testid=note-text]`);
            return [!!note.dataset.under, heading?.dataset.text ?? '', note.getAttribute('aria-label')]";
        let id = person.note(start).await?.id;
        let (is_under, words, label): (bool, String, String) = person.read(script, json!([id])).await?;
        Ok(match heading {
            None => (!is_under).then_some(()),
            Some(heading) => {
                let said = label.contains(&format!("Under rubriken {heading}"));
                (words.starts_with(heading) && said).then_some(())
            }
        })
    })
    .await
}

/// Where a note is on the screen: its left and upper edge.
async fn edge(person: &Browser, start: &str) -> Result<(f64, f64)> {
    let id = person.note(start).await?.id;
    let script = "const r = document.querySelector(`[data-testid=note][data-id=\"${arguments[0]}\"]`).getBoundingClientRect();
        return [r.left, r.top]";
    person.read(script, json!([id])).await
}

async fn css(person: &Browser, start: &str) -> Result<String> {
    let id = person.note(start).await?.id;
    Ok(format!("[data-testid=note][data-id=\"{id}\"]"))
}

async fn menu(person: &Browser, start: &str) -> Result<()> {
    person.focus_note(start).await?;
    person.keys("m").await?;
    person.see("note-group").await.map(drop)
}

async fn sort(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board(TITLE).await?;
    let link = bo.share().await?.participant;
    bo.section("notes").await?;
    for text in NOTES {
        bo.add_note(text).await?;
    }
    ada.join(&link, "Ada").await?;
    ada.section("notes").await?;
    ada.sees_notes(&NOTES).await?;
    by_menu(bo).await?;
    sees_under(ada, "Tre av tio", Some("Personal")).await?;
    ada.press("zoom-fit").await?;
    by_hand(ada).await?;
    sees_under(bo, "Anhöriga", Some("Personal")).await?;
    moved_as_one(bo, ada).await?;
    many(bo).await?;
    bo.pictures("headings").await?;
    bo.focus_note("Tre av tio").await?;
    menu(bo, "Tre av tio").await?;
    bo.pictures("heading-menu").await?;
    bo.press("dialog-close").await?;
    in_the_list(bo).await?;
    in_the_cross(bo, ada).await
}

/// A note gets a new heading by menu, and others are put under it.
async fn by_menu(bo: &Browser) -> Result<()> {
    menu(bo, "Tre av tio").await?;
    bo.press("note-group").await?;
    bo.write("note-editor", "Personal").await?;
    bo.leave_text().await?;
    sees_under(bo, "Tre av tio", Some("Personal")).await?;
    let heading = bo.note("Personal").await?.id;
    menu(bo, "Introduktionen").await?;
    let choose =
        "const s = document.querySelector('[data-testid=heading-choice]'); s.value = arguments[0];
        s.dispatchEvent(new Event('change', {bubbles: true})); return s.value === arguments[0]";
    ensure!(
        bo.read::<bool>(choose, json!([heading])).await?,
        "no such heading"
    );
    bo.press("note-group").await?;
    sees_under(bo, "Introduktionen", Some("Personal")).await?;
    // Taken back as one step, done again, taken out by menu.
    bo.press("undo-step").await?;
    sees_under(bo, "Introduktionen", None).await?;
    bo.press("redo-step").await?;
    sees_under(bo, "Introduktionen", Some("Personal")).await?;
    menu(bo, "Introduktionen").await?;
    bo.press("note-loosen").await?;
    sees_under(bo, "Introduktionen", None).await
}

/// A note that is carried over another one goes under it if it rests there, and only then.
async fn by_hand(ada: &Browser) -> Result<()> {
    let before = ada.note("Anhöriga").await?.at;
    let (from, onto) = (css(ada, "Anhöriga").await?, css(ada, "Personal").await?);
    ada.drop_onto(&from, &onto).await?;
    until("the note hangs elsewhere", async || {
        Ok((ada.note("Anhöriga").await?.at != before).then_some(()))
    })
    .await?;
    sees_under(ada, "Anhöriga", None).await?;
    ada.press("undo-step").await?;
    until("the note hangs where it did", async || {
        Ok((ada.note("Anhöriga").await?.at == before).then_some(()))
    })
    .await?;
    ada.carry(&from, &onto, 900).await?;
    ada.see("note-drop").await?;
    ada.picture("heading-drop").await?;
    ada.let_go().await?;
    sees_under(ada, "Anhöriga", Some("Personal")).await?;
    let (heading, note) = (edge(ada, "Personal").await?, edge(ada, "Anhöriga").await?);
    ensure!(
        (heading.0 - note.0).abs() < 2.0 && note.1 > heading.1 + 40.0,
        "{note:?} is not below {heading:?}"
    );
    Ok(())
}

/// Moving a heading moves what is under it.
async fn moved_as_one(bo: &Browser, ada: &Browser) -> Result<()> {
    let before = bo.note("Anhöriga").await?.at;
    bo.focus_note("Personal").await?;
    bo.keys("\u{e014}\u{e014}\u{e014}\u{e014}").await?;
    let what = "what is under the heading has moved for both";
    let step = |at: &(String, String)| at.0.parse::<i32>().unwrap_or_default();
    until(what, async || {
        let both = [
            bo.note("Anhöriga").await?.at,
            ada.note("Anhöriga").await?.at,
        ];
        Ok(both
            .iter()
            .all(|at| step(at) == step(&before) + 40)
            .then_some(()))
    })
    .await
}

/// Many picked notes get a heading at once.
async fn many(bo: &Browser) -> Result<()> {
    for start in [
        "Schemat",
        "Två system",
        "Surfplattorna",
        "Kommunrehab",
        "Fler som",
    ] {
        bo.focus_note(start).await?;
        bo.keys(" ").await?;
    }
    bo.see("picks").await?;
    bo.pictures("heading-picked").await?;
    bo.press("picks-group").await?;
    bo.write("note-editor", "Så arbetar vi").await?;
    bo.leave_text().await?;
    bo.keys(ESCAPE).await?;
    sees_under(bo, "Schemat", Some("Så arbetar vi")).await?;
    sees_under(bo, "Fler som", Some("Så arbetar vi")).await?;
    bo.press("zoom-fit").await
}

/// The list says the same: loose notes first, then each heading with its notes.
async fn in_the_list(bo: &Browser) -> Result<()> {
    bo.press("menu").await?;
    bo.press("list-view").await?;
    bo.see("list-heading").await?;
    let script = "return [...document.querySelectorAll('[data-testid=list-heading]')].map(heading => [heading.textContent,
        heading.nextElementSibling.nextElementSibling.querySelectorAll('[data-testid=list-item]').length])";
    let mut headings: Vec<(String, usize)> = bo.read(script, json!([])).await?;
    headings.sort();
    let wanted = [("Personal".to_owned(), 2), ("Så arbetar vi".to_owned(), 5)];
    ensure!(headings == wanted, "{headings:?}");
    bo.pictures("heading-list").await?;
    bo.press("screen-back").await
}

/// A heading goes to a scenario with all that is under it, and back by one step.
async fn in_the_cross(bo: &Browser, ada: &Browser) -> Result<()> {
    menu(bo, "Personal").await?;
    bo.press("note-move-top_left").await?;
    bo.sees_no_note("Tre av tio").await?;
    bo.section("cross").await?;
    sees_under(bo, "Tre av tio", Some("Personal")).await?;
    bo.pictures("heading-cross").await?;
    ada.section("cross").await?;
    sees_under(ada, "Anhöriga", Some("Personal")).await?;
    bo.press("undo-step").await?;
    bo.section("notes").await?;
    sees_under(bo, "Anhöriga", Some("Personal")).await?;
    let archive = std::fs::read(bo.download_archive().await?)?;
    let archive: serde_json::Value = serde_json::from_slice(&archive)?;
    let notes = archive.get("notes").and_then(|it| it.as_array());
    let notes = notes.context("no notes")?;
    let under = notes.iter().filter(|it| it.get("under").is_some());
    ensure!(under.count() == 7, "not all headings are in the archive");
    Ok(())
}
