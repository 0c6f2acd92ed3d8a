//! The whole board as a list, for who does not see a wall: its notes, rules and cross are written in, and notes picked,
//! coloured, moved and removed there by keyboard, and what others do is said.

use anyhow::{Context, Result, ensure};
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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn rules_and_the_cross_are_worked_on_in_the_list() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = async {
        bo.goto(&room.wifi.url()).await?;
        bo.make_board("Nattbemanning i norr").await?;
        let link = bo.share().await?.participant;
        ada.join(&link, "Ada").await?;
        bo.press("menu").await?;
        bo.press("list-view").await?;
        rules(&bo, &ada).await?;
        cross(&bo, &ada).await?;
        bo.all_shared().await.map(drop)
    }
    .await;
    room.tell(result, &[&bo, &ada]).await
}

async fn rules(bo: &Browser, ada: &Browser) -> Result<()> {
    const FIRST: &str = "Vi börjar i tid";
    const SECOND: &str = "En talar i sänder";
    ada.section("rules").await?;
    for text in [FIRST, SECOND] {
        bo.reach(&testid("add-rule"), Towards::Former).await?;
        bo.strike(&enter()).await?;
        bo.focus_is(&testid("rule-editor")).await?;
        bo.strike(text).await?;
        bo.strike(&enter()).await?;
        ada.sees_text("rule-text", text).await?;
    }
    order(ada, &[FIRST, SECOND]).await?;
    let id = bo.record("rule", "rule-text", SECOND).await?;
    let second = |what: &str| format!("[data-testid=rule][data-id=\"{id}\"] {}", testid(what));
    bo.reach(&second("rule-support"), Towards::Next).await?;
    bo.strike(" ").await?;
    ada.sees_support(SECOND, 1).await?;
    bo.reach(&second("rule-agree"), Towards::Next).await?;
    bo.strike(&enter()).await?;
    let agreed = format!("[data-testid=rule][data-id=\"{id}\"][data-status=agreed]");
    until("ada's rule is agreed on", async || {
        let there = "return !!document.querySelector(arguments[0])";
        Ok(ada
            .read::<bool>(there, json!([agreed]))
            .await?
            .then_some(()))
    })
    .await?;
    bo.reach(&second("rule-more"), Towards::Next).await?;
    bo.strike(&enter()).await?;
    bo.reach(&second("rule-why-editor"), Towards::Next).await?;
    bo.strike("Alla ska hinna").await?;
    bo.reach(&second("rule-shows-as-editor"), Towards::Next)
        .await?;
    bo.strike("Ingen avbryter").await?;
    ada.sees_text("rule-why", "Alla ska hinna").await?;
    ada.sees_text("rule-shows-as", "Ingen avbryter").await?;
    bo.pictures("list-rules").await?;
    bo.reach(&second("rule-up"), Towards::Next).await?;
    bo.strike(&enter()).await?;
    order(ada, &[SECOND, FIRST]).await?;
    bo.reach(&second("rule-remove"), Towards::Next).await?;
    bo.strike(&enter()).await?;
    order(ada, &[FIRST]).await
}

/// Waits until somebody's rules stand in this order.
async fn order(person: &Browser, wanted: &[&str]) -> Result<()> {
    let mut seen: Vec<String> = Vec::new();
    let what = format!("{} sees the rules in order", person.name());
    let found = until(&what, async || {
        let script = "return [...document.querySelectorAll('[data-testid=rule-text]')].map(it => it.dataset.text)";
        seen = person.read(script, json!([])).await?;
        Ok((seen == wanted).then_some(()))
    })
    .await;
    found.with_context(|| format!("they were {seen:?}"))
}

async fn cross(bo: &Browser, ada: &Browser) -> Result<()> {
    ada.section("cross").await?;
    let scenario = "[data-testid=list-scenario][data-quadrant=top_left]";
    for (field, text) in [
        (testid("cross-question-editor"), "Vem arbetar på natten?"),
        (testid("axis-x-name-editor"), "Tillgång till personal"),
        (testid("axis-x-low-editor"), "Ingen söker"),
        (
            format!("{scenario} {}", testid("quadrant-name-editor")),
            "Tomma rum",
        ),
        (
            format!("{scenario} {}", testid("quadrant-story-editor")),
            "Nätterna delas",
        ),
    ] {
        bo.reach(&field, Towards::Next).await?;
        bo.strike(text).await?;
    }
    // Ada's first force meanwhile is a heading and a list before the scenarios: the caret stays.
    ada.press("add-force").await?;
    ada.write("note-editor", "Äldre sköterskor slutar").await?;
    ada.leave_text().await?;
    item(bo, "Äldre").await?;
    bo.strike(" av tre kommuner").await?;
    let add = format!("{scenario} {}", testid("list-add-note"));
    bo.reach(&add, Towards::Next).await?;
    bo.strike(&enter()).await?;
    bo.focus_is(&testid("note-editor")).await?;
    bo.strike("Bilen räcker inte").await?;
    bo.strike(&Key::Escape.value().to_string()).await?;
    for (field, text) in [
        ("cross-question", "Vem arbetar på natten?"),
        ("axis-x-name", "Tillgång till personal"),
        ("axis-x-low", "Ingen söker"),
        ("quadrant-name", "Tomma rum"),
        ("quadrant-story", "Nätterna delas av tre kommuner"),
    ] {
        ada.sees_text(field, text).await?;
    }
    ada.sees_notes(&["Bilen räcker inte", "Äldre sköterskor slutar"])
        .await?;
    bo.pictures("list-cross").await
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
