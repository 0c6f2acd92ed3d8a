//! Two people in one text: each types on without losing a letter or the caret, and sees where the other writes.

use anyhow::{Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

const START: &str = "Fler vuxna på fritids.";
/// As WebDriver names the key.
const HOME: &str = "\u{e011}";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn what_is_typed_is_exactly_what_stands_there_while_two_hundred_edits_arrive() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = type_together(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

/// Types letter by letter, as a person does.
async fn letters(person: &Browser, text: &str) -> Result<()> {
    for letter in text.chars() {
        person.keys(&letter.to_string()).await?;
    }
    Ok(())
}

async fn caret(person: &Browser) -> Result<(u32, u32)> {
    let script = "const t = document.activeElement; return [t.selectionEnd, t.value.length]";
    person.read(script, json!([])).await
}

async fn type_together(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board("Två i en lapp").await?;
    let link = bo.share().await?.participant;
    bo.section("notes").await?;
    bo.add_note(START).await?;
    ada.join(&link, "Ada Lund").await?;
    ada.section("notes").await?;
    ada.sees_notes(&[START]).await?;
    let theirs = "Vi har frågat eleverna. ".repeat(9);
    let theirs: String = theirs.chars().take(200).collect();
    let mine = " Vi börjar på måndag klockan nio, med hela arbetslaget och utan möten.";
    bo.write_in_note("Fler", "").await?;
    ada.write_in_note("Fler", HOME).await?;
    let both = async { tokio::try_join!(letters(ada, &theirs), letters(bo, mine)) };
    let watched = async {
        until("Bo sees Ada's caret", async || {
            let script = "return document.querySelector('.note .caret')?.dataset.name ?? null";
            bo.read::<Option<String>>(script, json!([])).await
        })
        .await
    };
    let (typed, name) = tokio::join!(both, watched);
    typed?;
    ensure!(name? == "Ada Lund", "it is somebody else's caret");
    let whole = format!("{theirs}{START}{mine}");
    for person in [bo, ada] {
        person.sees_notes(&[&whole]).await?;
    }
    let (at, length) = caret(bo).await?;
    ensure!(at == length, "Bo's caret is at {at} of {length}");
    let (at, _) = caret(ada).await?;
    ensure!(at == 200, "Ada's caret is at {at}");
    ada.keys("!").await?;
    bo.see("note-editor").await?;
    bo.pictures("together").await?;
    for person in [bo, ada] {
        person.leave_text().await?;
    }
    let whole = format!("{theirs}!{START}{mine}");
    for person in [bo, ada] {
        person.sees_notes(&[&whole]).await?;
        person.all_shared().await?;
    }
    bo.press("peers").await?;
    bo.see("peer").await?;
    bo.pictures("peers").await
}
