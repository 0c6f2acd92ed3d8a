//! The whole board as a list, for who does not see a wall: its notes are written in, picked, coloured, moved and
//! removed there by keyboard, and what others do is said.

use anyhow::{Result, ensure};
use samsyn_tests::browser::{Browser, Make, Towards, testid};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;
use thirtyfour::Key;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn notes_are_worked_on_in_the_list_and_others_steps_are_said() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = in_the_list(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn in_the_list(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board("Nattbemanning i norr").await?;
    let link = bo.share().await?.participant;
    ada.join(&link, "Ada").await?;
    ada.section("notes").await?;
    bo.press("menu").await?;
    bo.press("list-view").await?;
    // Written here.
    bo.reach(&testid("list-add-note"), Towards::Next).await?;
    bo.strike(&enter()).await?;
    bo.focus_is(&testid("note-editor")).await?;
    bo.strike("Vikarier saknas").await?;
    bo.strike(&Key::Escape.value().to_string()).await?;
    ada.sees_notes(&["Vikarier saknas"]).await?;
    // Ada's is said, and it is here too.
    for text in ["Jouren ringer ingen", "Bilen står i söder"] {
        ada.add_note(text).await?;
    }
    until("bo hears of two new notes", async || {
        let said = bo.text("news").await?;
        Ok((said.starts_with("2 nya lappar") || said.starts_with("1 ny lapp")).then_some(()))
    })
    .await?;
    let vikarier = item(bo, "Vikarier").await?;
    let (jouren, bilen) = (item(bo, "Jouren").await?, item(bo, "Bilen").await?);
    // Written on, while Ada adds another one: the caret stays.
    let edit = format!("{vikarier} {}", testid("list-edit"));
    bo.reach(&edit, Towards::Next).await?;
    bo.strike(&enter()).await?;
    bo.focus_is(&testid("note-editor")).await?;
    bo.strike(" på").await?;
    ada.add_note("Schemat håller inte").await?;
    item(bo, "Schemat").await?;
    bo.strike(" natten").await?;
    bo.strike(&Key::Escape.value().to_string()).await?;
    ada.sees_notes(&["Vikarier saknas på natten"]).await?;
    bo.focus_is(&format!("{vikarier} *")).await?;
    // Picked with the space bar, and coloured together.
    for picked in [&jouren, &bilen] {
        let pick = format!("{picked} {}", testid("list-pick"));
        bo.reach(&pick, Towards::Next).await?;
        bo.strike(" ").await?;
        let checked = "return document.querySelector(arguments[0]).checked";
        until("the note is picked", async || {
            Ok(bo.read::<bool>(checked, json!([pick])).await?.then_some(()))
        })
        .await?;
    }
    bo.pictures("list-picked").await?;
    bo.reach(&testid("picks-menu"), Towards::Next).await?;
    bo.strike(&enter()).await?;
    bo.reach("[data-testid^=colour-]", Towards::Next).await?;
    bo.strike(&Key::Right.value().to_string()).await?;
    bo.reach(&testid("note-move-top_left"), Towards::Next)
        .await?;
    bo.strike(&enter()).await?;
    for gone in ["Jouren", "Bilen"] {
        ada.sees_no_note(gone).await?;
    }
    ada.section("cross").await?;
    ada.sees_notes(&["Jouren ringer ingen", "Bilen står i söder"])
        .await?;
    let oranges: usize = ada
        .read(
            "return document.querySelectorAll('[data-quadrant=\"0\"] .note.paper-orange').length",
            json!([]),
        )
        .await?;
    ensure!(oranges == 2, "{oranges} of two are orange and in place");
    // Away with one, by its menu.
    let menu = format!("{bilen} {}", testid("list-menu"));
    bo.strike(&Key::Escape.value().to_string()).await?;
    bo.reach(&menu, Towards::Former).await?;
    bo.strike(&enter()).await?;
    bo.reach(&testid("note-remove"), Towards::Next).await?;
    bo.strike(&enter()).await?;
    ada.sees_no_note("Bilen").await?;
    bo.all_shared().await.map(drop)
}

/// The CSS selector of what starts with this in the list.
async fn item(person: &Browser, start: &str) -> Result<String> {
    let what = format!("{} finds {start:?} in the list", person.name());
    let id: String = until(&what, async || {
        let script = "return [...document.querySelectorAll('[data-testid=list-item]')]
            .find(it => it.querySelector('.outline-words')?.textContent.startsWith(arguments[0]))?.dataset.id ?? null";
        person.read(script, json!([start])).await
    })
    .await?;
    Ok(format!("[data-testid=list-item][data-id=\"{id}\"]"))
}

fn enter() -> String {
    Key::Enter.value().to_string()
}
