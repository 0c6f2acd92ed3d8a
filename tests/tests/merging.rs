//! Boards of unrelated origin are merged: one of this device, and one that a link leads to. Their sections come in beside,
//! and are emptied into the board's own.

use anyhow::Result;
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn boards_that_never_knew_each_other_become_one() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = story(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

/// Waits until the wall on the screen has exactly these notes.
async fn wall_is(bo: &Browser, texts: &[&str]) -> Result<()> {
    bo.sees_notes(texts).await?;
    let what = format!("only {texts:?}");
    until(&what, async || {
        Ok((bo.count("note").await? == texts.len()).then_some(()))
    })
    .await
}

async fn tabs(bo: &Browser, count: usize) -> Result<()> {
    let what = format!("{count} walls");
    until(&what, async || {
        Ok((bo.count("tab-notes").await? == count).then_some(()))
    })
    .await
}

async fn story(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    ada.goto(&room.wifi.url()).await?;
    ada.make_board("Skolan").await?;
    ada.section("notes").await?;
    ada.add_note("Skolgården är för liten").await?;
    ada.all_shared().await?;
    let link = ada.share().await?.observer;

    bo.goto(&room.wifi.url()).await?;
    bo.make_board("Förra året").await?;
    bo.section("notes").await?;
    bo.add_note("Bussen går för sällan").await?;
    bo.all_shared().await?;
    bo.press("top-home").await?;
    bo.make_board("I år").await?;
    bo.section("notes").await?;
    bo.add_note("Fler cykelvägar").await?;
    bo.all_shared().await?;

    bo.press("menu").await?;
    bo.press("merge-files").await?;
    // What does not read is said where it is seen, and nothing comes of it.
    let damaged = room.file("trasig.json");
    std::fs::write(&damaged, b"hej")?;
    bo.choose_file("merge-file", &damaged).await?;
    let seen = "const notice = document.querySelector('[data-testid=error]');
        if (!notice) return false;
        const r = notice.getBoundingClientRect();
        return notice.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2))";
    until("it is said over the dialog", async || {
        Ok(bo.read::<bool>(seen, json!([])).await?.then_some(()))
    })
    .await?;
    bo.pictures("merge-damaged").await?;
    bo.press("notice-close").await?;
    bo.press("merge-others").await?;
    bo.press("merge-board").await?;
    until("last year's board is a source", async || {
        Ok((bo.count("merge-source").await? == 1).then_some(()))
    })
    .await?;
    bo.write("merge-link", &link).await?;
    bo.press("merge-link-go").await?;
    let script = "return [...document.querySelectorAll('[data-testid=merge-news]')].map(it => it.textContent)";
    until("both bring a note", async || {
        let news: Vec<String> = bo.read(script, json!([])).await?;
        let bring = news.iter().filter(|it| it.contains("1 ny lapp")).count();
        Ok((bring == 2).then_some(()))
    })
    .await?;
    bo.pictures("merge-boards").await?;
    bo.press("merge-go").await?;
    tabs(bo, 3).await?;
    wall_is(bo, &["Fler cykelvägar"]).await?;

    // Their walls are emptied into the board's own, one after the other.
    let mut all = vec!["Fler cykelvägar"];
    for text in ["Bussen går för sällan", "Skolgården är för liten"] {
        let script = "document.querySelectorAll('[data-testid=tab-notes]')[1].click(); return true";
        let _: bool = bo.read(script, json!([])).await?;
        wall_is(bo, &[text]).await?;
        bo.press("menu").await?;
        bo.press("move-all").await?;
        bo.see("move-all-to").await?;
        bo.pictures("move-all").await?;
        bo.press("move-all-to").await?;
        all.push(text);
        tabs(bo, 4 - all.len()).await?;
        wall_is(bo, &all).await?;
    }
    bo.press("undo-step").await?;
    tabs(bo, 2).await?;
    bo.press("redo-step").await?;
    tabs(bo, 1).await?;
    wall_is(bo, &all).await?;
    bo.all_shared().await?;
    bo.reload().await?;
    bo.section("notes").await?;
    wall_is(bo, &all).await
}
