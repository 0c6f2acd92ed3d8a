//! The board as it was: played from its first note to its last, seen at any time, and one note of it brought back.

use anyhow::{Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_board_is_played_and_what_was_removed_comes_back() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = play(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

/// Pulls the slider to a step.
async fn go(person: &Browser, step: u32) -> Result<()> {
    let script = "const s = document.querySelector('[data-testid=past-slider]');
        s.value = arguments[0]; s.dispatchEvent(new Event('input', {bubbles: true})); return true";
    let _: bool = person.read(script, json!([step])).await?;
    at(person, step).await
}

/// Waits until that step is on the screen.
async fn at(person: &Browser, step: u32) -> Result<()> {
    let what = format!("{} sees step {step}", person.name());
    let wanted = format!("teg {step} av ");
    until(&what, async || {
        let said = person.text("past-said").await?;
        Ok(said.contains(&wanted).then_some(()))
    })
    .await
}

async fn steps(person: &Browser) -> Result<u32> {
    let script = "return Number(document.querySelector('[data-testid=past-slider]').max)";
    until("the past has steps", async || {
        let steps: u32 = person.read(script, json!([])).await?;
        Ok((steps > 0).then_some(steps))
    })
    .await
}

async fn play(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board("Hur vi kom hit").await?;
    let link = bo.share().await?.participant;
    bo.section("notes").await?;
    bo.add_note("Stäng två skolor").await?;
    bo.add_note("Fler vuxna på fritids").await?;
    ada.join(&link, "Ada").await?;
    ada.section("notes").await?;
    ada.sees_notes(&["Stäng två skolor"]).await?;
    ada.remove_note("Stäng").await?;
    ada.add_note("Låt skolorna samarbeta").await?;
    bo.sees_no_note("Stäng").await?;
    bo.sees_notes(&["Låt skolorna samarbeta"]).await?;
    bo.press("menu").await?;
    bo.press("history").await?;
    let all = steps(bo).await?;
    at(bo, all).await?;
    bo.sees_notes(&["Fler vuxna på fritids", "Låt skolorna samarbeta"])
        .await?;
    ensure!(!bo.has("add-note").await?, "the past can be written on");
    // From the first step to the last, by itself.
    bo.press("past-play").await?;
    at(bo, 0).await?;
    at(bo, all).await?;
    // Back to where the removed note was still there.
    let mut step = all;
    while !bo
        .notes()
        .await?
        .iter()
        .any(|it| it.text.starts_with("Stäng två"))
    {
        step -= 1;
        go(bo, step).await?;
    }
    bo.pictures("history").await?;
    // What others do meanwhile is there afterwards.
    ada.add_note("Skrivet under tiden").await?;
    let id = bo.note("Stäng").await?.id;
    bo.press_css(&format!("[data-id=\"{id}\"] [data-testid=bring-back]"))
        .await?;
    for person in [bo, ada] {
        person
            .sees_notes(&[
                "Stäng två skolor",
                "Fler vuxna på fritids",
                "Låt skolorna samarbeta",
                "Skrivet under tiden",
            ])
            .await?;
    }
    ensure!(!bo.has("past").await?, "the past is still on the screen");
    bo.press("undo-step").await?;
    ada.sees_no_note("Stäng").await?;
    bo.all_shared().await.map(drop)
}
