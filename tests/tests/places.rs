//! Other places that the app is used from than one tab on a safe address: several tabs, and a laptop on plain http.

use anyhow::{Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

const TITLE: &str = "Två flikar";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn two_tabs_of_one_browser_agree_and_either_may_be_closed() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let bo = room.enter("bo").await?;
    let result = two_tabs(&room, &bo).await;
    room.tell(result, &[&bo]).await
}

async fn two_tabs(room: &Room, bo: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board(TITLE).await?;
    bo.section("notes").await?;
    bo.add_note("Från första fliken").await?;
    bo.open_tab().await?;
    bo.goto(&room.wifi.url()).await?;
    bo.back_to_board().await?;
    bo.section("notes").await?;
    bo.sees_notes(&["Från första fliken"]).await?;
    bo.saves("says that another tab syncs", |state| {
        state.link == "other-tab" && state.storage == "saved"
    })
    .await?;
    bo.add_note("Från andra fliken").await?;
    bo.switch_to_tab(0).await?;
    bo.sees_notes(&["Från första fliken", "Från andra fliken"])
        .await?;
    bo.all_shared().await?;
    bo.close_tab().await?;
    bo.switch_to_tab(0).await?;
    // The tab that synced is gone: this one takes over.
    bo.add_note("Efter den första").await?;
    bo.all_shared().await?;
    bo.reload().await?;
    bo.back_to_board().await?;
    bo.section("notes").await?;
    bo.sees_notes(&[
        "Från första fliken",
        "Från andra fliken",
        "Efter den första",
    ])
    .await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn on_plain_http_words_survive_a_reload_and_the_app_says_what_it_cannot_do() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = plain_http(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn plain_http(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    let laptop = room.wifi.url().replace("127.0.0.1", "laptop.test");
    bo.goto(&laptop).await?;
    let secure: bool = bo.read("return isSecureContext", json!([])).await?;
    ensure!(!secure, "{laptop} is a safe address");
    bo.see("plain-http").await?;
    bo.pictures("plain-http").await?;
    bo.make_board(TITLE).await?;
    let link = bo.share().await?.participant;
    ensure!(link.starts_with(&laptop), "the link leads to {link}");
    bo.section("notes").await?;
    bo.add_note("På laptopens adress").await?;
    ada.join(&link, "Ada").await?;
    ada.section("notes").await?;
    ada.sees_notes(&["På laptopens adress"]).await?;
    ada.begin_note("Halvskrivet").await?;
    ada.saves("keeps the draft", |state| state.storage == "saved")
        .await?;
    ada.reload().await?;
    ada.back_to_board().await?;
    ada.section("notes").await?;
    ada.sees_notes(&["På laptopens adress", "Halvskrivet"])
        .await?;
    until("bo sees what Ada had half written", async || {
        Ok(bo
            .notes()
            .await?
            .iter()
            .any(|note| note.text == "Halvskrivet")
            .then_some(()))
    })
    .await
}
