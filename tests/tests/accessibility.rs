//! Every screen and dialog in every language, light and dark, before axe-core (<https://github.com/dequelabs/axe-core>):
//! it may find nothing serious or critical, and no rule of its is switched off.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use samsyn_tests::browser::{Browser, Make, Scheme};
use samsyn_tests::room::Room;
use serde_json::json;

/// What `cargo xtask test --only browser` has got with npm.
const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/axe/node_modules/axe-core/axe.min.js"
);

/// Somebody who walks through the app with axe-core in their hand.
struct Walk<'a> {
    person: &'a Browser,
    axe: String,
    language: &'static str,
    found: Vec<String>,
    looked: usize,
}

impl<'a> Walk<'a> {
    fn begin(person: &'a Browser) -> Result<Self> {
        let axe = std::fs::read_to_string(Path::new(AXE))
            .context("axe-core is missing: npm ci --prefix tests/axe")?;
        Ok(Self {
            person,
            axe,
            language: "",
            found: Vec::new(),
            looked: 0,
        })
    }

    /// Lets axe-core look at what is on the screen.
    async fn look(&mut self, scene: &str) -> Result<()> {
        for scheme in Scheme::ALL {
            self.person.look(1180, 820, scheme).await?;
            let script = format!(
                "if (!window.axe) {{ {} }}
                return window.axe.run(document, {{resultTypes: ['violations']}}).then(result => result.violations
                    .filter(it => ['serious', 'critical'].includes(it.impact))
                    .map(it => `${{it.id}}: ` + it.nodes.slice(0, 4).map(node =>
                        node.target.join(' ') + ' ' + node.failureSummary.split('\\n').slice(1, 3).join(' ')).join(' | ')))",
                self.axe
            );
            let found: Vec<String> = self.person.read(&script, json!([])).await?;
            let scene = format!("{scene}, {}, {}", self.language, scheme.name());
            self.looked += 1;
            self.found
                .extend(found.into_iter().map(|it| format!("{scene}: {it}")));
        }
        Ok(())
    }

    /// Enlarged to 400 per cent, a screen of 1280 pixels is 320 wide: nothing may lie beside it.
    async fn enlarged(&mut self, scene: &str) -> Result<()> {
        self.person.look(320, 512, Scheme::Light).await?;
        let wide = "return document.documentElement.scrollWidth";
        let width: u32 = self.person.read(wide, json!([])).await?;
        if width > 320 {
            let language = self.language;
            self.found.push(format!(
                "{scene}, {language}: {width} pixels wide where there are 320"
            ));
        }
        self.person.picture(&format!("enlarged-{scene}")).await?;
        self.person.look(1180, 820, Scheme::Light).await
    }

    /// Opens something, looks at it and closes it.
    async fn look_into(&mut self, opens: &str, closes: &str) -> Result<()> {
        self.person.press(opens).await?;
        self.person.see(closes).await?;
        self.look(opens).await?;
        self.person.press(closes).await
    }

    /// The same, by way of the menu.
    async fn look_into_item(&mut self, item: &str, closes: &str) -> Result<()> {
        self.person.press("menu").await?;
        self.look_into(item, closes).await
    }

    /// The start screen, in another language.
    async fn speak(&mut self, url: &str, language: &'static str) -> Result<()> {
        self.language = language;
        self.person.goto(url).await?;
        self.person.see("screen-start").await?;
        let keep = "localStorage.setItem('samsyn.language', arguments[0]); return true";
        let _: bool = self.person.read(keep, json!([language])).await?;
        self.person.reload().await?;
        self.person.see("screen-start").await?;
        let spoken: String = self
            .person
            .read("return document.documentElement.lang", json!([]))
            .await?;
        ensure!(spoken == language, "the page speaks {spoken}");
        Ok(())
    }

    /// The wall in high contrast, and back.
    async fn in_high_contrast(&mut self) -> Result<()> {
        let choose = "document.documentElement.dataset.theme = arguments[0]; return true";
        self.person.section("notes").await?;
        let _: bool = self.person.read(choose, json!(["contrast"])).await?;
        self.look("high contrast").await?;
        self.person.picture("high-contrast").await?;
        let back = "delete document.documentElement.dataset.theme; return true";
        self.person.read::<bool>(back, json!([])).await.map(drop)
    }

    /// Making groups, groups that there are, and what merging them would do.
    async fn groups(&mut self) -> Result<()> {
        let person = self.person;
        person.press("menu").await?;
        person.press("groups-open").await?;
        person.see("groups-new").await?;
        self.look("new groups").await?;
        let open = "document.querySelector('.group-making').open = true; return true";
        let _: bool = person.read(open, json!([])).await?;
        person.write("groups-names", "Björk, Ek").await?;
        person.press("groups-make").await?;
        person.see("group").await?;
        person.see("merge-open").await?;
        self.look("groups").await?;
        self.enlarged("groups").await?;
        person.press("merge-open").await?;
        person.see("merge-source").await?;
        self.look("merge").await?;
        self.enlarged("merge").await?;
        person.press("dialog-close").await
    }

    /// What there is to compare with, and a comparison with a group's board.
    async fn compare(&mut self) -> Result<()> {
        let person = self.person;
        person.press("menu").await?;
        person.press("compare-open").await?;
        person.see("compare-board").await?;
        self.look("compare-choose").await?;
        person.press("compare-board").await?;
        person.see("compared").await?;
        self.look("compare").await?;
        self.enlarged("compare").await?;
        person.press("screen-back").await
    }

    async fn board(&mut self) -> Result<()> {
        let person = self.person;
        person.section("notes").await?;
        self.look("wall").await?;
        self.enlarged("wall").await?;
        for opens in ["note-menu", "share", "save-state", "peers", "menu"] {
            self.look_into(opens, "dialog-close").await?;
        }
        for item in [
            "paste",
            "keys-open",
            "own-name-open",
            "finish",
            "carry-open",
            "accessibility-open",
        ] {
            self.look_into_item(item, "dialog-close").await?;
        }
        self.groups().await?;
        self.compare().await?;
        for item in ["list-view", "trash"] {
            self.look_into_item(item, "screen-back").await?;
        }
        person.focus_note("Fler").await?;
        person.keys(" ").await?;
        person.see("picks").await?;
        self.look("picked").await?;
        person.press("picks-drop").await?;
        person.press("search-open").await?;
        person.write("search-field", "vuxna").await?;
        person.see("search-found").await?;
        self.look("search").await?;
        person.press("search-close").await?;
        person.section("rules").await?;
        person.see("rule").await?;
        person.press("rule-more").await?;
        self.look("rules").await?;
        self.enlarged("rules").await?;
        person.section("cross").await?;
        for step in [
            "question",
            "forces",
            "field",
            "axes",
            "consequences",
            "actions",
        ] {
            let step = format!("step-{step}");
            person.press(&step).await?;
            self.look(&step).await?;
            self.enlarged(&step).await?;
            if step == "step-field" {
                self.look_into("note-menu", "dialog-close").await?;
            }
        }
        person.press("step-scenarios").await?;
        person.see("quadrant").await?;
        self.look("cross").await?;
        self.enlarged("cross").await?;
        self.look_into("quadrant-open", "quadrant-open").await
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives browsers: cargo xtask test --only browser"]
async fn axe_finds_nothing_serious_on_any_screen() -> Result<()> {
    let room = Room::open(Make::Chromium).await?;
    let (bo, ada) = (room.enter("bo").await?, room.enter("ada").await?);
    let result = walk(&room, &bo, &ada).await;
    room.tell(result, &[&bo, &ada]).await
}

async fn walk(room: &Room, bo: &Browser, ada: &Browser) -> Result<()> {
    let mut walk = Walk::begin(bo)?;
    let url = room.wifi.url();
    let mut link = None;
    for language in ["sv", "da", "en"] {
        walk.speak(&url, language).await?;
        walk.look("start").await?;
        walk.enlarged("start").await?;
        walk.look_into("new-board", "dialog-close").await?;
        if link.is_none() {
            bo.make_board("Öppen tavla").await?;
            link = Some(bo.share().await?.participant);
            bo.section("notes").await?;
            bo.add_note("Fler vuxna på fritids").await?;
            bo.add_note("Bussen går för sällan").await?;
            bo.remove_note("Bussen").await?;
            bo.add_note("Vikarier saknas varje måndag").await?;
            bo.focus_note("Vikarier").await?;
            bo.keys("m").await?;
            bo.press("note-group").await?;
            bo.write("note-editor", "Personal").await?;
            bo.leave_text().await?;
            bo.see("group").await?;
            bo.section("cross").await?;
            bo.press("add-force").await?;
            bo.write("note-editor", "Fler äldre").await?;
            bo.leave_text().await?;
            bo.press("step-field").await?;
            bo.focus_note("Fler äldre").await?;
            bo.keys("\u{e013}").await?;
            bo.press("step-consequences").await?;
            bo.press("add-strategy").await?;
            bo.write("note-editor", "Utbilda egna").await?;
            bo.leave_text().await?;
            bo.press("step-forces").await?;
            bo.press("add-force").await?;
            bo.write("note-editor", "Ny teknik").await?;
            bo.leave_text().await?;
            bo.section("rules").await?;
            bo.add_rule("Vi lyssnar färdigt").await?;
        } else {
            bo.open_first_board().await?;
        }
        walk.board().await?;
        walk.in_high_contrast().await?;
    }
    let mut newcomer = Walk::begin(ada)?;
    for language in ["sv", "da", "en"] {
        newcomer.speak(&url, language).await?;
        ada.goto(link.as_deref().unwrap_or_default()).await?;
        ada.see("join-name").await?;
        newcomer.look("welcome").await?;
    }
    let (looked, found) = (
        walk.looked + newcomer.looked,
        [walk.found, newcomer.found].concat(),
    );
    println!("axe-core looked at {looked} screens");
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
