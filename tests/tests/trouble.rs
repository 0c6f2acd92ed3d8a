//! What goes wrong says so, in a real browser, and nothing that was written is lost.

use std::fs;

use anyhow::{Context, Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::intruder::{Answer, push_poison};
use samsyn_tests::proxy::Link;
use samsyn_tests::relay::Setup;
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::{Value, json};

const TITLE: &str = "Krisövning";
const NOTE: &str = "Reservkraft till köket";

/// Waits for the message of a failure, by its code, takes a picture of it and closes it.
async fn reads(person: &Browser, code: &str) -> Result<()> {
    let css = format!("[data-testid=error][data-code={code}]");
    let what = format!("{} reads {code}", person.name());
    let words: String = until(&what, async || {
        let script =
            "return document.querySelector(arguments[0])?.querySelector('p')?.textContent ?? null";
        person.read(script, json!([css])).await
    })
    .await?;
    ensure!(words.contains(' '), "{code} says only {words:?}");
    person.pictures(&format!("trouble-{code}")).await?;
    person
        .press_css(&format!("{css} [data-testid=notice-close]"))
        .await
}

/// A board with one note, and the link of its participants.
async fn board_with_a_note(room: &Room, bo: &Browser) -> Result<String> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board(TITLE).await?;
    let links = bo.share().await?;
    bo.section("notes").await?;
    bo.add_note(NOTE).await?;
    bo.all_shared().await?;
    Ok(links.participant)
}

/// An archive with one field that says something else.
fn with(archive: &Value, field: &str, value: Value) -> Result<Value> {
    let mut changed = archive.clone();
    *changed
        .pointer_mut(field)
        .with_context(|| format!("the archive has no {field}"))? = value;
    Ok(changed)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn what_cannot_be_opened_says_why_and_changes_nothing() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let bo = room.enter("bo").await?;
    let result = open_what_is_broken(&room, &bo).await;
    room.tell(result, &[&bo]).await
}

async fn open_what_is_broken(room: &Room, bo: &Browser) -> Result<()> {
    let link = board_with_a_note(room, bo).await?;
    let archive: Value = serde_json::from_slice(&fs::read(bo.download_archive().await?)?)?;
    bo.go_home().await?;
    let cut = link.get(..link.len() - 5).context("a link is longer")?;
    bo.write("open-link", cut).await?;
    bo.press("open-link-go").await?;
    reads(bo, "link-damaged").await?;
    let future = with(&archive, "/version", json!(99))?;
    let broken = with(&archive, "/notes/0/text", json!(17))?;
    for (name, bytes, code) in [
        ("bild.json", b"\x89PNG\r\n\x1a\n".to_vec(), "file-unknown"),
        ("framtid.json", serde_json::to_vec(&future)?, "file-newer"),
        ("trasig.json", serde_json::to_vec(&broken)?, "file-damaged"),
    ] {
        let file = room.file(name);
        fs::write(&file, bytes)?;
        bo.choose_file("import-file", &file).await?;
        reads(bo, code).await?;
    }
    ensure!(bo.count("board-card").await? == 1, "a board was made");
    bo.open_first_board().await?;
    bo.section("notes").await?;
    bo.sees_notes(&[NOTE]).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_full_disk_is_said_and_what_is_written_meanwhile_is_kept_once_there_is_room() -> Result<()>
{
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = fill_the_disk(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn fill_the_disk(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    let link = board_with_a_note(room, bo).await?;
    // Before her first write: the browser asks only now and then how much room there is.
    ada.goto(&room.wifi.url()).await?;
    ada.see("screen-start").await?;
    ada.quota(Some(1)).await?;
    ada.join(&link, "Ada").await?;
    ada.section("notes").await?;
    ada.add_note("Skrivet på en full platta").await?;
    let state = ada
        .saves("says that nothing can be saved", |state| {
            state.storage == "impossible"
        })
        .await?;
    ensure!(!state.words.is_empty(), "the save state has no words");
    ada.pictures("disk-full").await?;
    for person in [bo, ada] {
        person.section("notes").await?;
        person
            .sees_notes(&[NOTE, "Skrivet på en full platta"])
            .await?;
    }
    ada.quota(None).await?;
    ada.add_note("Skrivet när det finns plats").await?;
    ada.all_shared().await?;
    // There was no room for the app itself either; it comes with the next visit.
    ada.reload().await?;
    until("ada's browser keeps the app", async || {
        let script = "return !!navigator.serviceWorker.controller";
        Ok(ada.read::<bool>(script, json!([])).await?.then_some(()))
    })
    .await?;
    room.wifi.set(Link::Cut);
    ada.reload().await?;
    ada.back_to_board().await?;
    ada.section("notes").await?;
    ada.sees_notes(&[
        NOTE,
        "Skrivet på en full platta",
        "Skrivet när det finns plats",
    ])
    .await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_browser_that_keeps_nothing_says_so_and_still_takes_part() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (
        room.enter("bo").await?,
        room.enter_keeping_nothing("ada").await?,
    );
    let result = take_part_without_a_disk(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn take_part_without_a_disk(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    let link = board_with_a_note(room, bo).await?;
    ada.join(&link, "Ada").await?;
    ada.saves("says that nothing can be saved", |state| {
        state.storage == "impossible"
    })
    .await?;
    ada.section("notes").await?;
    ada.sees_notes(&[NOTE]).await?;
    ada.add_note("Skrivet utan lager").await?;
    bo.sees_notes(&[NOTE, "Skrivet utan lager"]).await?;
    ada.pictures("nothing-kept").await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_poison_change_is_held_back_and_said_and_work_goes_on() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = survive_poison(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn survive_poison(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    let link = board_with_a_note(room, bo).await?;
    ada.join(&link, "Ada").await?;
    ada.section("notes").await?;
    let answer = push_poison(room.relay.address(), &link).await?;
    ensure!(
        answer == Answer::Taken,
        "a relay cannot tell poison, yet it answered {answer:?}"
    );
    for person in [bo, ada] {
        reads(person, "change-held").await?;
        person.sees_notes(&[NOTE]).await?;
    }
    ada.add_note("Efter giftet").await?;
    bo.sees_notes(&[NOTE, "Efter giftet"]).await?;
    ada.all_shared().await?;
    ada.reload().await?;
    ada.back_to_board().await?;
    ada.section("notes").await?;
    ada.sees_notes(&[NOTE, "Efter giftet"]).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_server_with_no_room_says_so_and_takes_the_board_once_there_is_some() -> Result<()> {
    let setup = Setup::with(&["--max-open-boards", "1"]);
    let room = Room::open_with(Make::Chromium, setup).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = wait_for_room(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn wait_for_room(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    board_with_a_note(room, bo).await?;
    ada.goto(&room.wifi.url()).await?;
    ada.make_board("Nästa dag").await?;
    ada.section("notes").await?;
    ada.add_note("Skrivet medan servern var full").await?;
    let state = ada
        .saves("says that the server waits", |state| {
            state.obstacle == "server-full" && state.storage == "saved"
        })
        .await?;
    ensure!(state.words.contains("Servern"), "{state:?}");
    ada.press("save-state").await?;
    let details = ada.text("save-details").await?;
    ensure!(
        details.contains("Servern") && !details.contains("inget nät"),
        "{details}"
    );
    ada.pictures("server-full").await?;
    ada.press("dialog-close").await?;
    bo.go_home().await?;
    ada.all_shared().await.map(drop)
}
