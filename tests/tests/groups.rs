//! A room splits into groups, every group works without a network, and the facilitator brings their boards together:
//! what is taken, what has to be chosen, what is undone, and what comes late.

use anyhow::{Context, Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::proxy::Link;
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::{Value, json};

/// What all groups are asked to do.
const TASK: &str = "Uppgift: vad vet vi om 2035?";
const NAMES: [&str; 4] = ["Björk", "Ek", "Asp", "Tall"];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn four_groups_work_without_a_network_and_come_back_together() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let bo = room.enter("bo").await?;
    let mut groups = Vec::new();
    for name in ["bjork", "ek", "asp", "tall"] {
        groups.push(room.enter(name).await?);
    }
    let result = story(&room, &bo, &groups).await;
    let people: Vec<&Browser> = [&bo].into_iter().chain(&groups).collect();
    room.tell(result, &people).await
}

/// The link of each group, in the order of their numbers.
async fn make_groups(bo: &Browser) -> Result<Vec<String>> {
    bo.press("menu").await?;
    bo.press("groups-open").await?;
    bo.see("no-groups").await?;
    for (at, name) in NAMES.iter().enumerate() {
        let line = if at == 0 { "" } else { ", " };
        bo.write("groups-names", &format!("{line}{name}")).await?;
    }
    bo.press("groups-with-notes").await?;
    bo.pictures("groups-new").await?;
    bo.press("groups-make").await?;
    let script = "return [...document.querySelectorAll('[data-testid=group]')]
        .map(it => [it.dataset.name, it.dataset.link])";
    let links = until("four groups", async || {
        let groups: Vec<(String, String)> = bo.read(script, json!([])).await?;
        Ok((groups.len() == NAMES.len()).then_some(groups))
    })
    .await?;
    let names: Vec<&str> = links.iter().map(|it| it.0.as_str()).collect();
    ensure!(names == NAMES, "the groups are {names:?}");
    until("all groups' boards are with the relay", async || {
        let script = "return [...document.querySelectorAll('[data-testid=group-live]')]
            .every(it => it.dataset.online === 'true')";
        Ok(bo.read::<bool>(script, json!([])).await?.then_some(()))
    })
    .await?;
    bo.close_dialog().await?;
    Ok(links.into_iter().map(|it| it.1).collect())
}

/// Writes over a rule.
async fn reword(person: &Browser, from: &str, to: &str) -> Result<()> {
    person.section("rules").await?;
    person.sees_text("rule-text", from).await?;
    let script = "const e = document.querySelector('[data-testid=rule-editor]');
        if (!e) return false;
        e.scrollIntoView(); e.focus(); document.execCommand('selectAll'); return true";
    until("the rule can be written on", async || {
        Ok(person.read::<bool>(script, json!([])).await?.then_some(()))
    })
    .await?;
    person.keys(to).await?;
    person.leave_text().await?;
    person.sees_text("rule-text", to).await
}

/// What the merge would bring of a group.
async fn news(bo: &Browser, name: &str, wanted: &str) -> Result<()> {
    let script = "const it = document.querySelector(`[data-testid=merge-source][data-name=\"${arguments[0]}\"]`);
        return it ? it.querySelector('[data-testid=merge-news]').textContent : ''";
    let mut seen = String::new();
    let what = format!("{name} brings {wanted:?}");
    let found = until(&what, async || {
        seen = bo.read(script, json!([name])).await?;
        Ok(seen.contains(wanted).then_some(()))
    })
    .await;
    found.with_context(|| format!("it was {seen:?}"))
}

/// Chooses what the `at`-th proposal says in the conflict about a field.
async fn choose(bo: &Browser, field: &str, testid: &str, at: usize) -> Result<()> {
    let script = "const all = document.querySelectorAll(
            `[data-testid=merge-conflict][data-field=\"${arguments[0]}\"] [data-testid=${arguments[1]}]`);
        if (!all[arguments[2]]) return false;
        all[arguments[2]].click(); return true";
    until(&format!("a choice for {field}"), async || {
        Ok(bo
            .read::<bool>(script, json!([field, testid, at]))
            .await?
            .then_some(()))
    })
    .await
}

async fn story(room: &Room, bo: &Browser, groups: &[Browser]) -> Result<()> {
    let [birch, oak, aspen, pine] = groups else {
        anyhow::bail!("four groups");
    };
    bo.goto(&room.wifi.url()).await?;
    bo.make_board("Äldreomsorgen 2035").await?;
    bo.section("notes").await?;
    bo.add_note("Befolkningen åldras").await?;
    bo.section("rules").await?;
    bo.add_rule("Vi börjar i tid").await?;
    bo.all_shared().await?;
    let links = make_groups(bo).await?;
    for (group, link) in groups.iter().zip(&links) {
        group.join(link, "Deltagare").await?;
        group.section("notes").await?;
        group.sees_notes(&["Befolkningen åldras"]).await?;
    }
    bo.press("menu").await?;
    bo.press("groups-open").await?;
    until("one person in each group", async || {
        let script = "return [...document.querySelectorAll('[data-testid=group-live]')].map(it => it.textContent)";
        let said: Vec<String> = bo.read(script, json!([])).await?;
        Ok((said.len() == 4 && said.iter().all(|it| it.starts_with("1 person"))).then_some(()))
    })
    .await?;
    let beside = "const boxes = [...document.querySelectorAll('.group-list > li')].map(it => it.getBoundingClientRect());
        return boxes.every((a, at) => boxes.slice(at + 1).every(b =>
            a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top))";
    ensure!(
        bo.read::<bool>(beside, json!([])).await?,
        "groups cover each other"
    );
    bo.pictures("groups").await?;
    bo.write("call-groups", TASK).await?;
    bo.press("call-groups-go").await?;
    bo.close_dialog().await?;
    for group in groups {
        group.sees_notes(&["Befolkningen åldras", TASK]).await?;
        group.all_shared().await?;
    }

    // All wifi is cut, and every group goes on.
    room.wifi.set(Link::Cut);
    for person in [birch, oak, aspen, pine, bo] {
        person.offline().await?;
    }
    birch.add_note("Fler bor ensamma").await?;
    oak.add_note("Personalen räcker inte").await?;
    birch.add_note("Fler vill jobba natt").await?;
    oak.add_note("Fler vill jobba natt!").await?;
    aspen.add_note("Digital tillsyn om natten").await?;
    pine.add_note("Anhöriga hjälper mer").await?;
    reword(birch, "Vi börjar i tid", "Vi är punktliga").await?;
    reword(oak, "Vi börjar i tid", "Vi väntar in alla").await?;
    for (group, axis) in [
        (birch, "Tillgång till personal"),
        (oak, "Kommunens ekonomi"),
    ] {
        group.section("cross").await?;
        group.fill("axis-x-name", 0, axis).await?;
    }
    // One group hands over a file; one tablet stays away.
    pine.press("menu").await?;
    pine.press("export-board-file").await?;
    let file = until("the board file in the downloads", async || {
        pine.download(".samsyn")
    })
    .await?;
    aspen.goto("about:blank").await?;
    room.wifi.set(Link::Up);
    for person in [birch, oak] {
        person.all_shared().await?;
    }

    // What would come, before anything changes.
    bo.press("menu").await?;
    bo.press("merge-files").await?;
    news(bo, "Björk", "2 nya lappar").await?;
    news(bo, "Ek", "2 nya lappar").await?;
    news(bo, "Asp", "inget nytt").await?;
    bo.choose_file("merge-file", &file).await?;
    news(bo, "Tall", "1 ny lapp").await?;
    choose(bo, "text", "choice-of", 1).await?;
    choose(bo, "x_name", "choice-all", 0).await?;
    bo.press("merge-piles").await?;
    bo.press("pile").await?;
    bo.pictures("merge").await?;
    bo.press("merge-go").await?;

    bo.section("notes").await?;
    let first = [
        "Befolkningen åldras",
        "Fler bor ensamma",
        "Personalen räcker inte",
        "Anhöriga hjälper mer",
        "Fler vill jobba natt",
        "Fler vill jobba natt!",
    ];
    bo.sees_notes(&first).await?;
    let in_sight = "const wall = document.querySelector('[data-testid=wall]').getBoundingClientRect();
        return [...document.querySelectorAll('[data-testid=note]')].every(note => {
            const box = note.getBoundingClientRect();
            return box.top >= wall.top && box.bottom <= wall.bottom && box.left >= wall.left && box.right <= wall.right;
        })";
    until("all notes in sight after a merge", async || {
        Ok(bo.read::<bool>(in_sight, json!([])).await?.then_some(()))
    })
    .await?;
    let lanes = bo.texts("lane").await?;
    ensure!(lanes == ["Björk", "Ek", "Tall"], "the lanes are {lanes:?}");
    let piled = "return document.querySelectorAll('[data-testid=note][data-under]').length";
    let piled: usize = bo.read(piled, json!([])).await?;
    ensure!(piled == 1, "{piled} notes are under a heading");
    bo.pictures("lanes").await?;
    bo.section("rules").await?;
    bo.sees_text("rule-text", "Vi väntar in alla").await?;
    bo.section("cross").await?;
    bo.sees_text("axis-x-name", "Tillgång till personal\nKommunens ekonomi")
        .await?;

    // The merge is one step back, and one step again.
    bo.press("undo-step").await?;
    bo.section("notes").await?;
    bo.sees_notes(&["Befolkningen åldras"]).await?;
    bo.sees_no_note("Fler bor").await?;
    bo.section("rules").await?;
    bo.sees_text("rule-text", "Vi börjar i tid").await?;
    bo.press("redo-step").await?;
    bo.sees_text("rule-text", "Vi väntar in alla").await?;
    bo.section("notes").await?;
    bo.sees_notes(&first).await?;

    // The tablet that was away comes back, and the next merge brings its note and nothing twice.
    aspen.goto(&room.wifi.url()).await?;
    aspen.back_to_board().await?;
    aspen.all_shared().await?;
    bo.press("menu").await?;
    bo.press("merge-files").await?;
    news(bo, "Asp", "1 ny lapp").await?;
    news(bo, "Björk", "inget nytt").await?;
    bo.press("merge-go").await?;
    let all = [first.as_slice(), &["Digital tillsyn om natten"]].concat();
    bo.sees_notes(&all).await?;

    // From now on the groups are followed, and what they write comes by itself.
    bo.press("menu").await?;
    bo.press("merge-files").await?;
    bo.press("merge-follow").await?;
    bo.close_dialog().await?;
    bo.see("follows").await?;
    aspen.section("notes").await?;
    aspen.add_note("Larm som inte väcker alla").await?;
    bo.sees_notes(&["Larm som inte väcker alla"]).await?;
    bo.reload().await?;
    bo.see("follows").await?;
    aspen.add_note("En jour för tre kommuner").await?;
    bo.sees_notes(&["En jour för tre kommuner"]).await?;

    // The archive has all of it, with the groups named.
    let archive: Value = serde_json::from_slice(&std::fs::read(bo.download_archive().await?)?)?;
    let named = archive
        .get("merged")
        .and_then(Value::as_array)
        .context("no groups")?
        .iter();
    let named: Vec<&str> = named.filter_map(|it| it.get("name")?.as_str()).collect();
    ensure!(named == NAMES, "the archive names {named:?}");
    let notes = archive
        .get("notes")
        .and_then(Value::as_array)
        .context("no notes")?;
    let from = notes
        .iter()
        .filter(|it| it.get("origin").is_some_and(Value::is_string))
        .count();
    ensure!(
        notes.len() == 10 && from == 8,
        "{} notes, {from} of groups",
        notes.len()
    );
    bo.all_shared().await?;
    look_on(pine, &bo.share().await?.observer).await
}

/// Who may only look at the board finds its groups, and may only look there too.
async fn look_on(person: &Browser, link: &str) -> Result<()> {
    person.goto(link).await?;
    person
        .attribute_is("screen-board", "data-role", "observer")
        .await?;
    person.press("menu").await?;
    person.press("groups-open").await?;
    let script = "const group = document.querySelector('[data-testid=group][data-name=\"Björk\"]');
        group?.querySelector('[data-testid=group-enter]').click(); return !!group";
    until("an observer's way to a group", async || {
        Ok(person.read::<bool>(script, json!([])).await?.then_some(()))
    })
    .await?;
    let notes = [
        "Befolkningen åldras",
        TASK,
        "Fler bor ensamma",
        "Fler vill jobba natt",
    ];
    until("the group's board", async || {
        let titles = person.texts("board-heading").await?;
        Ok((titles == ["Äldreomsorgen 2035 – Björk"]).then_some(()))
    })
    .await?;
    person.section("notes").await?;
    person.sees_notes(&notes).await?;
    person
        .attribute_is("screen-board", "data-role", "observer")
        .await?;
    ensure!(
        !person.has("add-note").await?,
        "an observer is offered to write in a group"
    );
    Ok(())
}
