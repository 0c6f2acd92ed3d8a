//! A management group's rules start a team's board, which makes its own of them; then both are laid side by side.

use anyhow::{Context, Result, ensure};
use samsyn_tests::browser::{Browser, Make};
use samsyn_tests::proxy::Link;
use samsyn_tests::room::Room;
use samsyn_tests::wait::until;
use serde_json::json;

const MANAGEMENT: &str = "Ledningsgruppens spelregler";
const TEAM: &str = "Team Björkgården";
const RULES: [&str; 5] = [
    "Vi börjar och slutar i tid, också när dagordningen är full",
    "Alla kommer till tals innan vi beslutar",
    "Vi talar med varandra, inte om varandra",
    "Beslut gäller tills vi ändrar dem tillsammans",
    "Mobilerna ligger i väskan under mötet",
];
const REWORDED: &str = "Vi talar alltid med varandra och aldrig om varandra";
const ADDED: &str = "Den som är sjuk får vara sjuk: vi ringer inte hem";
const PROPOSED: &str = "Vi ses utan dagordning en gång i månaden";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn a_team_starts_from_the_managements_rules_and_both_are_laid_side_by_side() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, eva) = (room.enter("bo").await?, room.enter("eva").await?);
    let result = story(&room, &bo, &eva).await;
    room.tell(result, &[&bo, &eva]).await
}

/// Presses something in the rule that reads like this.
async fn in_rule(person: &Browser, text: &str, css: &str) -> Result<()> {
    let script = "const rule = [...document.querySelectorAll('[data-testid=rule]')]
            .find(it => it.querySelector('[data-testid=rule-text]')?.dataset.text === arguments[0]);
        const what = rule?.querySelector(arguments[1]);
        if (!what) return false;
        what.scrollIntoView({block: 'center'}); what.click(); return true";
    until(&format!("{css} in {text:?}"), async || {
        let pressed = person.read::<bool>(script, json!([text, css])).await?;
        Ok(pressed.then_some(()))
    })
    .await
}

/// Writes over a rule.
async fn reword(person: &Browser, from: &str, to: &str) -> Result<()> {
    let script = "const rule = [...document.querySelectorAll('[data-testid=rule]')]
            .find(it => it.querySelector('[data-testid=rule-text]')?.dataset.text === arguments[0]);
        const field = rule?.querySelector('[data-testid=rule-editor]');
        if (!field) return false;
        field.focus(); document.execCommand('selectAll'); return true";
    until("the rule can be written on", async || {
        Ok(person
            .read::<bool>(script, json!([from]))
            .await?
            .then_some(()))
    })
    .await?;
    person.keys(to).await?;
    person.leave_text().await?;
    person.sees_text("rule-text", to).await
}

/// Waits until the four groups have so many rules: shared, worded differently, only here, only there.
async fn sees_counts(person: &Browser, wanted: [u32; 4]) -> Result<()> {
    let script = "return ['shared', 'different', 'only-first', 'only-second']
        .map(it => Number(document.querySelector(`[data-testid=compare-${it}]`)?.dataset.count ?? -1))";
    let mut seen = Vec::new();
    let found = until("the four groups", async || {
        seen = person.read::<Vec<i64>>(script, json!([])).await?;
        Ok((seen == wanted.map(i64::from)).then_some(()))
    })
    .await;
    found.with_context(|| format!("they had {seen:?} rules, not {wanted:?}"))
}

async fn compare_with_board(person: &Browser, title: &str) -> Result<()> {
    let script = "const board = [...document.querySelectorAll('[data-testid=compare-board]')]
            .find(it => it.querySelector('.card-title').textContent === arguments[0]);
        if (!board) return false;
        board.click(); return true";
    until(&format!("{title:?} among the boards"), async || {
        Ok(person
            .read::<bool>(script, json!([title]))
            .await?
            .then_some(()))
    })
    .await
}

async fn story(room: &Room, bo: &Browser, eva: &Browser) -> Result<()> {
    bo.on_every_page(
        "addEventListener('DOMContentLoaded', () => {
            Object.defineProperty(navigator, 'clipboard', {value: {
                writeText: text => { window.copied = text; return Promise.resolve() } } })
        })",
    )
    .await?;
    bo.goto(&room.wifi.url()).await?;
    bo.make_board(MANAGEMENT).await?;
    bo.section("rules").await?;
    for rule in RULES.iter().chain([&PROPOSED]) {
        bo.add_rule(rule).await?;
    }
    for rule in RULES {
        in_rule(bo, rule, "[data-testid=rule-agree]").await?;
    }
    bo.all_shared().await?;
    let management = bo.share().await?;
    let archive = bo.download_archive().await?;

    // The team's board is begun with the wifi cut.
    room.wifi.set(Link::Cut);
    bo.offline().await?;
    bo.press("menu").await?;
    bo.press("carry-open").await?;
    bo.pictures("carry").await?;
    bo.see("carry-title").await?.clear().await?;
    bo.write("carry-title", TEAM).await?;
    bo.press("carry-go").await?;
    until("the team's board", async || {
        Ok((bo.text("board-heading").await? == TEAM).then_some(()))
    })
    .await?;
    bo.section("rules").await?;
    for rule in RULES {
        bo.sees_text("rule-text", rule).await?;
        bo.sees_support(rule, 0).await?;
    }
    ensure!(
        bo.count("rule").await? == RULES.len(),
        "a proposal came along"
    );

    // The team keeps three, words one anew, drops one and adds one.
    let [_, _, reworded, _, dropped] = RULES;
    reword(bo, reworded, REWORDED).await?;
    in_rule(bo, dropped, "[data-testid=rule-more]").await?;
    in_rule(bo, dropped, "[data-testid=rule-remove]").await?;
    bo.add_rule(ADDED).await?;

    // Beside the management's board, which is on this device.
    bo.press("menu").await?;
    bo.press("compare-open").await?;
    bo.pictures("compare-choose").await?;
    compare_with_board(bo, MANAGEMENT).await?;
    sees_counts(bo, [3, 1, 1, 2]).await?;
    bo.pictures("compare").await?;
    ensure!(bo.text("compare-first").await? == TEAM);
    ensure!(bo.text("compare-second").await? == MANAGEMENT);
    let marks = "return [...document.querySelectorAll('[data-testid=compare-different] mark')].map(it => it.textContent)";
    let marks: Vec<String> = bo.read(marks, json!([])).await?;
    ensure!(marks == ["alltid", "och aldrig", "inte"], "{marks:?}");
    bo.press("compare-copy").await?;
    let copied = until("the text on the clipboard", async || {
        bo.read::<Option<String>>("return window.copied ?? null", json!([]))
            .await
    })
    .await?;
    for words in [REWORDED, ADDED, dropped, PROPOSED, TEAM, MANAGEMENT] {
        ensure!(copied.contains(words), "{words:?} is not in {copied}");
    }
    bo.paper("compare").await?;

    // What is no file of a board is said, and the comparison can go on with one that is.
    let nothing = room.file("inget.json");
    std::fs::write(&nothing, "hej")?;
    bo.choose_file("compare-file", &nothing).await?;
    until("the failure", async || {
        let code = "return document.querySelector('[data-testid=error]')?.dataset.code ?? null";
        let code: Option<String> = bo.read(code, json!([])).await?;
        Ok(code.filter(|it| it == "file-unknown"))
    })
    .await?;
    sees_counts(bo, [3, 1, 1, 2]).await?;
    bo.pictures("compare-failed").await?;
    bo.choose_file("compare-file", &archive).await?;
    sees_counts(bo, [3, 1, 1, 2]).await?;
    bo.press("screen-back").await?;
    bo.see("rules").await?;

    // The menu says what the board was begun from, and leads there.
    bo.press("menu").await?;
    bo.attribute_is("begun", "data-here", "true").await?;
    bo.pictures("begun").await?;
    ensure!(bo.text("begun").await?.contains(MANAGEMENT));
    bo.press("begun-open").await?;
    until("the management's board", async || {
        Ok((bo.text("board-heading").await? == MANAGEMENT).then_some(()))
    })
    .await?;

    // Somebody who may only read the team's board compares it with the one that they have a link to.
    room.wifi.set(Link::Up);
    bo.go_home().await?;
    let script = "const card = [...document.querySelectorAll('[data-testid=board-open]')]
            .find(it => it.querySelector('.card-title').textContent === arguments[0]);
        if (!card) return false;
        card.click(); return true";
    until("the team's board among the boards", async || {
        Ok(bo.read::<bool>(script, json!([TEAM])).await?.then_some(()))
    })
    .await?;
    bo.see("screen-board").await?;
    bo.all_shared().await?;
    let team = bo.share().await?;
    eva.goto(&team.observer).await?;
    eva.see("screen-board").await?;
    eva.section("rules").await?;
    eva.sees_text("rule-text", ADDED).await?;
    eva.press("menu").await?;
    eva.attribute_is("begun", "data-here", "false").await?;
    eva.press("compare-open").await?;
    eva.write("compare-link", &management.participant).await?;
    eva.press("compare-link-go").await?;
    sees_counts(eva, [3, 1, 1, 2]).await
}
