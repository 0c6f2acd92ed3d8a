//! A scenario cross worked through by two tablets, from the burning question to what must be prepared.

use anyhow::{Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

const TITLE: &str = "Hemtjänsten 2035";
const FORCES: [&str; 6] = [
    "Hur många som vill arbeta i vården",
    "Kommunens ekonomi",
    "Välfärdsteknik i hemmet",
    "Fler över 85 år",
    "Anhörigas roll",
    "Ny lagstiftning om fast omsorgskontakt",
];
const NAMES: [&str; 4] = [
    "Alla hjälps åt",
    "Guldåren",
    "På svältgränsen",
    "Tekniken tar över",
];
const STRATEGY: &str = "Utbilda egna undersköterskor";
const ENTER: &str = "\u{e007}";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn two_tablets_go_from_the_question_to_what_must_be_prepared() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = work(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn judged(person: &Browser, start: &str) -> Result<Option<(u32, u32)>> {
    let script = "const n = [...document.querySelectorAll('[data-testid=note]')]
        .find(n => n.querySelector('[data-testid=note-text]')?.dataset.text.startsWith(arguments[0]));
        return n?.dataset.judged?.split(',').map(Number) ?? null";
    person.read(script, json!([start])).await
}

async fn id_of(person: &Browser, start: &str) -> Result<String> {
    let script = "return [...document.querySelectorAll('[data-testid=note]')]
        .find(n => n.querySelector('[data-testid=note-text]')?.dataset.text.startsWith(arguments[0]))?.dataset.id ?? null";
    until(&format!("{} finds {start:?}", person.name()), async || {
        person.read(script, json!([start])).await
    })
    .await
}

/// Waits until a person sees how a force is judged: as `is` says.
async fn sees_judged(person: &Browser, start: &str, is: fn(u32, u32) -> bool) -> Result<()> {
    let what = format!("{} sees {start:?} judged", person.name());
    let mut last = None;
    let found = until(&what, async || {
        last = judged(person, start).await?;
        Ok(last.filter(|it| is(it.0, it.1)).map(drop))
    })
    .await;
    found.map_err(|error| error.context(format!("it was {last:?}")))
}

/// The selected step, of which there is just one.
async fn sees_step(person: &Browser, step: &str) -> Result<()> {
    let what = format!("{} is at {step}", person.name());
    until(&what, async || {
        let script = "const on = [...document.querySelectorAll('[role=tab][aria-selected=true]')];
            return on.length === 1 && on[0].dataset.testid === arguments[0]
                && document.getElementById('step-panel').getAttribute('aria-labelledby') === on[0].id";
        let on: bool = person.read(script, json!([step])).await?;
        Ok(on.then_some(()))
    })
    .await
}

async fn force(person: &Browser, text: &str) -> Result<()> {
    person.press("add-force").await?;
    person.write("note-editor", text).await?;
    person.leave_text().await?;
    person.sees_notes(&[text]).await
}

/// Drags a force to a place in the field, as parts of its width from the left and of its height from above.
async fn drag_to(person: &Browser, start: &str, to: (f64, f64)) -> Result<()> {
    let id = id_of(person, start).await?;
    let script = "const c = document.querySelector(`[data-testid=note][data-id=\"${arguments[0]}\"]`).getBoundingClientRect();
        const f = document.querySelector('[data-testid=judging-field]').getBoundingClientRect();
        return [f.left + f.width * arguments[1] - c.left - c.width / 2, f.top + f.height * arguments[2] - c.top - c.height / 2]";
    let by: (f64, f64) = person.read(script, json!([id, to.0, to.1])).await?;
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
    let by = (by.0 as i64, by.1 as i64);
    person
        .drag(&format!("[data-testid=note][data-id=\"{id}\"]"), by.0, by.1)
        .await
}

async fn work(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    bo.goto(&room.wifi.url()).await?;
    bo.make_board(TITLE).await?;
    let link = bo.share().await?.participant;
    ada.join(&link, "Ada").await?;
    for person in [bo, ada] {
        person.section("cross").await?;
        sees_step(person, "step-scenarios").await?;
    }
    // The question, and the forces by both.
    bo.press("step-question").await?;
    bo.fill(
        "cross-question",
        0,
        "Hur ger vi god omsorg när färre ska hjälpa fler?",
    )
    .await?;
    bo.write("horizon", "2035\u{e004}").await?;
    bo.pictures("step-question").await?;
    for person in [bo, ada] {
        person.press("step-forces").await?;
        sees_step(person, "step-forces").await?;
    }
    for (index, text) in FORCES.iter().enumerate() {
        force(if index % 2 == 0 { bo } else { ada }, text).await?;
    }
    bo.sees_notes(&FORCES).await?;
    bo.pictures("step-forces").await?;
    judging(bo, ada).await?;
    axes(bo, ada).await?;
    scenarios(bo, ada).await?;
    consequences(bo, ada).await?;
    prepare(bo).await?;
    kept(bo).await
}

/// By hand, by keys and by menu, and what one tablet judges the other one sees.
async fn judging(bo: &Browser, ada: &Browser) -> Result<()> {
    for person in [bo, ada] {
        person.press("step-field").await?;
    }
    drag_to(bo, "Hur många", (0.8, 0.12)).await?;
    sees_judged(ada, "Hur många", |impact, uncertainty| {
        impact > 800 && uncertainty > 700
    })
    .await?;
    drag_to(bo, "Välfärdsteknik", (0.55, 0.3)).await?;
    drag_to(bo, "Fler över 85", (0.15, 0.1)).await?;
    drag_to(bo, "Anhörigas", (0.7, 0.75)).await?;
    // By keys: into the middle first, then up and to the right.
    ada.focus_note("Kommunens").await?;
    ada.keys("\u{e013}").await?;
    sees_judged(ada, "Kommunens", |impact, uncertainty| {
        (impact, uncertainty) == (500, 500)
    })
    .await?;
    ada.focus_note("Kommunens").await?;
    ada.keys("\u{e008}\u{e013}\u{e013}\u{e014}\u{e014}\u{e000}")
        .await?;
    sees_judged(bo, "Kommunens", |impact, uncertainty| {
        (impact, uncertainty) == (700, 700)
    })
    .await?;
    let label = "return document.activeElement.getAttribute('aria-label')";
    let label: String = ada.read(label, json!([])).await?;
    ensure!(
        label.contains("Stor påverkan, mycket osäker"),
        "it says {label}"
    );
    // By menu, and taken back by the way of the menu and by undo.
    ada.focus_note("Ny lagstiftning").await?;
    ada.keys(ENTER).await?;
    ada.press("impact-low").await?;
    ada.press("uncertainty-low").await?;
    ada.pictures("force-menu").await?;
    ada.close_dialog().await?;
    sees_judged(bo, "Ny lagstiftning", |impact, uncertainty| {
        impact < 334 && uncertainty < 334
    })
    .await?;
    bo.pictures("step-field").await?;
    drag_to(bo, "Anhörigas", (-0.2, 0.5)).await?;
    until("the force waits beside the field again", async || {
        Ok(judged(ada, "Anhörigas").await?.is_none().then_some(()))
    })
    .await?;
    bo.press("undo-step").await?;
    sees_judged(ada, "Anhörigas", |impact, _| impact < 500).await
}

/// The forces in the upper right corner are offered, and one that is taken names its axis.
async fn axes(bo: &Browser, ada: &Browser) -> Result<()> {
    bo.press("step-axes").await?;
    let choose = |axis: &'static str, text: &'static str| async move {
        let script = "const b = [...document.querySelectorAll(`[data-testid=${arguments[0]}] [data-testid=axis-force]`)]
            .find(b => b.textContent.trim() === arguments[1]); b?.click(); return !!b";
        let there: bool = bo.read(script, json!([axis, text])).await?;
        ensure!(there, "{text} is not offered");
        Ok(())
    };
    let offered = bo.texts("axis-force").await?;
    ensure!(
        !offered.iter().any(|it| it.starts_with("Fler över")),
        "{offered:?}"
    );
    choose("axis-card-x", FORCES[0]).await?;
    choose("axis-card-y", FORCES[1]).await?;
    bo.sees_text("axis-x-name", FORCES[0]).await?;
    for (field, words) in [
        ("axis-x-low", "Få söker sig hit"),
        ("axis-x-high", "Många söker sig hit"),
        ("axis-y-low", "Stram"),
        ("axis-y-high", "God"),
    ] {
        bo.fill(field, 0, words).await?;
    }
    bo.pictures("step-axes").await?;
    ada.press("step-scenarios").await?;
    ada.sees_text("axis-y-name", FORCES[1]).await?;
    ada.sees_text("axis-x-low", "Få söker sig hit").await
}

async fn scenarios(bo: &Browser, ada: &Browser) -> Result<()> {
    for (index, name) in NAMES.iter().enumerate() {
        ada.fill("quadrant-name", index, name).await?;
    }
    ada.fill(
        "quadrant-story",
        0,
        "Pengarna finns, men inte händerna. Grannar, föreningar och anhöriga bär mer än i dag.",
    )
    .await?;
    ada.pictures("step-scenarios").await?;
    bo.press("step-consequences").await?;
    bo.see("scenario").await.map(drop)
}

/// Writes a note that is something into a scenario.
async fn tagged(person: &Browser, scenario: usize, tag: &str, text: &str) -> Result<()> {
    let script = "document.querySelectorAll('[data-testid=scenario]')[arguments[0]].querySelector(arguments[1]).click(); return true";
    let button = format!("[data-testid=add-{tag}]");
    let _: bool = person.read(script, json!([scenario, button])).await?;
    person.write("note-editor", text).await?;
    person.leave_text().await
}

async fn consequences(bo: &Browser, ada: &Browser) -> Result<()> {
    ada.press("step-consequences").await?;
    tagged(bo, 0, "consequence", "Nätterna blir svårast att bemanna").await?;
    tagged(bo, 0, "strategy", STRATEGY).await?;
    tagged(bo, 2, "strategy", "utbilda egna  undersköterskor.").await?;
    tagged(ada, 1, "strategy", "Bygg ut kvällspatrullen").await?;
    tagged(ada, 3, "early_sign", "Leverantörer ringer varje vecka").await?;
    bo.sees_notes(&["Leverantörer ringer varje vecka"]).await?;
    // By menu: a strategy becomes a consequence, and that is taken back.
    ada.focus_note("Bygg ut").await?;
    ada.keys("m").await?;
    ada.press("tag-consequence").await?;
    ada.close_dialog().await?;
    let tag = |tag: &'static str| async move {
        until(&format!("bo sees {tag}"), async || {
            let script = "const n = [...document.querySelectorAll('[data-testid=note]')]
                .find(n => n.querySelector('[data-testid=note-text]')?.dataset.text.startsWith('Bygg ut'));
                return n?.getAttribute('aria-label') ?? ''";
            let said: String = bo.read(script, json!([])).await?;
            Ok(said.contains(tag).then_some(()))
        })
        .await
    };
    tag("Konsekvens").await?;
    ada.press("undo-step").await?;
    tag("Strategi").await?;
    bo.pictures("step-consequences").await
}

async fn prepare(bo: &Browser) -> Result<()> {
    bo.press("step-actions").await?;
    let what = "the strategy of two scenarios is gathered";
    let said = until(what, async || {
        let said = bo.texts("common-strategy").await?;
        Ok((said.len() == 1).then_some(said))
    })
    .await?;
    let said = said.join("");
    ensure!(said.starts_with(STRATEGY), "{said}");
    ensure!(said.contains(NAMES[0]) && said.contains(NAMES[2]), "{said}");
    bo.pictures("step-actions").await?;
    // The list has it in words.
    bo.press("menu").await?;
    bo.press("list-view").await?;
    bo.see("list-view-screen").await?;
    let list = bo.text("list-view-screen").await?;
    for words in [
        "Påverkan: stor",
        "Osäkerhet: stor",
        "Är: strategi",
        "Är: tidigt tecken",
    ] {
        ensure!(list.contains(words), "{words} is not in the list");
    }
    bo.press("screen-back").await
}

/// The step that was used last is there at the next visit, and arrow keys lead through all.
async fn kept(bo: &Browser) -> Result<()> {
    bo.all_shared().await?;
    bo.reload().await?;
    bo.back_to_board().await?;
    bo.section("cross").await?;
    sees_step(bo, "step-actions").await?;
    let focus = "document.querySelector('[data-testid=step-actions]').focus(); return true";
    let _: bool = bo.read(focus, json!([])).await?;
    bo.keys("\u{e012}").await?;
    sees_step(bo, "step-consequences").await?;
    bo.keys("\u{e011}").await?;
    sees_step(bo, "step-question").await?;
    let on: String = bo
        .read("return document.activeElement.dataset.testid", json!([]))
        .await?;
    ensure!(on == "step-question", "the focus is on {on}");
    Ok(())
}
