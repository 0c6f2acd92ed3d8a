//! The end of a workshop in real browsers: everybody sees the same board, and what came too late is not lost.

use anyhow::{Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::proxy::Link;
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

const TITLE: &str = "Ledningsgruppen i november";
const FIRST: &str = "Bussarna går oftare på morgonen";
const SECOND: &str = "Fler vill arbeta hos oss än vi kan ta emot";
const LATE: &str = "Skrivet utan nät när alla gick hem";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_finished_board_is_the_same_for_all_and_what_came_too_late_is_kept() -> Result<()> {
    let mut room = Room::open(Make::Chromium).await?;
    let (bo, ada, cem) = (
        room.enter("bo").await?,
        room.enter("ada").await?,
        room.enter("cem").await?,
    );
    let result = finish(&mut room, &bo, &ada, &cem).await;
    room.tell(result, &[&bo, &ada, &cem]).await
}

async fn finish(room: &mut Room, bo: &Browser, ada: &Browser, cem: &Browser) -> Result<()> {
    // Only ada is on the wifi that will fail.
    bo.goto(&room.relay.url()).await?;
    bo.make_board(TITLE).await?;
    let link = bo.share().await?.participant;
    let by_wifi = link.replace(&room.relay.url(), &room.wifi.url());
    ada.join(&by_wifi, "Ada").await?;
    cem.join(&link, "Cem").await?;
    for person in [bo, ada, cem] {
        person.section("notes").await?;
    }
    bo.add_note(FIRST).await?;
    cem.add_note(SECOND).await?;
    for person in [bo, ada, cem] {
        person.sees_notes(&[FIRST, SECOND]).await?;
        person.all_shared().await?;
    }
    pause(bo, cem).await?;
    room.wifi.set(Link::Cut);
    ada.offline().await?;
    ada.add_note(LATE).await?;
    bo.press("menu").await?;
    bo.press("finish").await?;
    bo.see("finish-confirm").await?;
    bo.pictures("finish-dialog").await?;
    bo.press("finish-confirm").await?;
    for person in [bo, cem] {
        stands(person, "finished").await?;
        person.sees_notes(&[FIRST, SECOND]).await?;
        ensure!(
            !person.has("add-note").await?,
            "{} can still write",
            person.name()
        );
    }
    bo.pictures("finished-facilitator").await?;
    cem.pictures("finished").await?;
    too_late(room, ada).await?;
    past_without_it(bo, ada).await?;
    given_back(room, &link).await?;
    bo.press("standing-reopen").await?;
    for person in [bo, ada, cem] {
        person.sees_notes(&[FIRST, SECOND, LATE]).await?;
        person.all_shared().await?;
        ensure!(
            person.has("add-note").await?,
            "{} cannot write",
            person.name()
        );
    }
    Ok(())
}

/// How the banner says that a board stands.
async fn stands(person: &Browser, phase: &str) -> Result<()> {
    let what = format!("{} sees that the board is {phase}", person.name());
    until(&what, async || {
        let there = person.has("standing").await?;
        let found = if there {
            person.attribute("standing", "data-phase").await?
        } else {
            Some("open".to_owned())
        };
        Ok((found.as_deref() == Some(phase)).then_some(()))
    })
    .await
}

async fn pause(bo: &Browser, cem: &Browser) -> Result<()> {
    bo.press("menu").await?;
    bo.pictures("menu-facilitator").await?;
    bo.press("pause").await?;
    stands(cem, "paused").await?;
    ensure!(!cem.has("add-note").await?, "cem can write in a pause");
    ensure!(bo.has("add-note").await?, "bo cannot write in a pause");
    cem.pictures("paused").await?;
    stands(bo, "paused").await?;
    bo.press("standing-reopen").await?;
    stands(cem, "open").await
}

/// Ada's wifi is back: she sees the finished board, and that a note of hers is not on it.
async fn too_late(room: &Room, ada: &Browser) -> Result<()> {
    room.wifi.set(Link::Up);
    stands(ada, "finished").await?;
    ada.see("late").await?;
    ensure!(ada.attribute("standing", "data-late").await?.as_deref() != Some("0"));
    ada.sees_notes(&[FIRST, SECOND]).await?;
    ada.pictures("finished-late").await?;
    ada.press("late-save").await?;
    until("the file with what came too late", async || {
        ada.download(".samsyn")
    })
    .await?;
    Ok(())
}

/// The past of a finished board ends with what it was finished with, and what came too late is at no step of it.
async fn past_without_it(bo: &Browser, ada: &Browser) -> Result<()> {
    let mut steps = Vec::new();
    for person in [bo, ada] {
        person.press("menu").await?;
        person.press("history").await?;
        let all: u32 = until("the past is there", async || {
            let script = "return Number(document.querySelector('[data-testid=past-slider]').max)";
            let all: u32 = person.read(script, json!([])).await?;
            Ok((all > 0).then_some(all))
        })
        .await?;
        person.sees_notes(&[FIRST, SECOND]).await?;
        for step in (0..=all).rev() {
            let said = format!("teg {step} av {all}");
            let go = "const s = document.querySelector('[data-testid=past-slider]');
                s.value = arguments[0]; s.dispatchEvent(new Event('input', {bubbles: true})); return true";
            let _: bool = person.read(go, json!([step])).await?;
            until(&said, async || {
                let shown = person.text("past-said").await?;
                Ok(shown.contains(&said).then_some(()))
            })
            .await?;
            let notes = person.notes().await?;
            ensure!(
                !notes.iter().any(|it| it.text == LATE),
                "step {step}: {notes:?}"
            );
        }
        ensure!(person.notes().await?.is_empty(), "it begins with notes");
        person.press("past-leave").await?;
        person.sees_notes(&[FIRST, SECOND]).await?;
        steps.push(all);
    }
    let same = steps.first() == steps.last();
    ensure!(same, "a different past for each: {steps:?}");
    Ok(())
}

/// The relay loses its disk: a newcomer gets the finished board from the others.
async fn given_back(room: &mut Room, link: &str) -> Result<()> {
    room.relay.kill().await?;
    room.relay.wipe()?;
    room.relay.restart().await?;
    let dina = room.enter("dina").await?;
    let result = async {
        dina.goto(link).await?;
        dina.see("screen-board").await?;
        stands(&dina, "finished").await?;
        dina.section("notes").await?;
        dina.sees_notes(&[FIRST, SECOND]).await
    }
    .await;
    room.tell(result, &[&dina]).await
}
