//! Comparing rules: with a board of this device, a file, or a board that a link leads to.

use samsyn_shared::board::TextField;
use samsyn_shared::board::merge::Carry;
use samsyn_shared::compare::{RuleText, Stretch};
use samsyn_shared::ids::RuleId;
use samsyn_shared::records::{RuleStatus, SectionKind};
use samsyn_shared::seal::Role;

use super::*;
use crate::core::messages::{CompareWith, Compared, ExportKind};

impl Browser {
    /// A board with rules, which the page shows; its id and that of its section of rules.
    pub(super) fn board_with_rules(
        &mut self,
        tab: usize,
        title: &str,
        rules: &[&str],
    ) -> (BoardId, SectionId) {
        self.say(
            tab,
            ToWorker::NewBoard {
                template: Template::Workshop,
                title: title.to_owned(),
                language: Language::Sv,
            },
        );
        let view = &self.tabs[tab].opened().view;
        let board = view.board;
        let sections = view.sections_in_order().into_iter();
        let section = sections.filter(|it| it.kind == SectionKind::Rules);
        let section = section.map(|it| it.id).next().unwrap();
        for (at, text) in (1_u8..).zip(rules) {
            self.say(tab, rule(at, section, text));
        }
        (board, section)
    }

    fn compare(&mut self, tab: usize, with: CompareWith) {
        self.say(tab, ToWorker::Compare(Some(with)));
    }
}

fn rule(id: u8, section: SectionId, text: &str) -> ToWorker {
    ToWorker::Commands(vec![Command::AddRule {
        id: RuleId([id; 16]),
        section,
        text: text.to_owned(),
        why: String::new(),
        shows_as: String::new(),
        author: None,
    }])
}

fn compared(tab: &Tab) -> Vec<&Compared> {
    let compared = tab.heard.iter().filter_map(|it| match it {
        FromWorker::Compared(compared) => Some(compared.as_ref()),
        _ => None,
    });
    compared.collect()
}

fn texts(rules: &[RuleText]) -> Vec<&str> {
    rules.iter().map(|it| it.text.as_str()).collect()
}

fn failures(tab: &Tab) -> Vec<Failure> {
    let failures = tab.heard.iter().filter_map(|it| match it {
        FromWorker::Failed(failure) => Some(failure.clone()),
        _ => None,
    });
    failures.collect()
}

const OURS: [&str; 3] = ["Vi håller tiden", "Vi lyssnar färdigt", "Beslut gäller"];
const THEIRS: [&str; 3] = [
    "vi håller tiden!",
    "Vi lyssnar alltid färdigt",
    "Mobilen ligger i väskan",
];

fn check(compared: &Compared) {
    assert_eq!(compared.titles, ["Teamet", "Ledningen"]);
    assert_eq!(texts(&compared.found.shared), [OURS[0]]);
    assert_eq!(texts(&compared.found.only_first), [OURS[2]]);
    assert_eq!(texts(&compared.found.only_second), [THEIRS[2]]);
    let [ours, theirs] = &compared.worded[0];
    assert_eq!(ours, &[Stretch::Both(OURS[1].to_owned())]);
    assert_eq!(theirs[1], Stretch::Own("alltid".to_owned()));
}

#[test]
fn a_board_is_compared_with_another_one_of_the_device_and_again_when_it_changes() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (theirs, _) = browser.board_with_rules(tab, "Ledningen", &THEIRS);
    let (_, section) = browser.board_with_rules(tab, "Teamet", &OURS);
    browser.pass(10_000);
    browser.forget_what_was_heard();
    browser.compare(tab, CompareWith::Board(theirs));
    browser.pass(20_000);
    let [found] = compared(&browser.tabs[tab])[..] else {
        panic!("the page is told once");
    };
    check(found);
    let value = "Mobilen ligger i väskan".to_owned();
    let field = TextField::RuleText(RuleId([3; 16]));
    browser.say(
        tab,
        ToWorker::Commands(vec![Command::SetText { field, value }]),
    );
    browser.say(tab, rule(9, section, "Ny regel"));
    let last = compared(&browser.tabs[tab]).pop().unwrap();
    assert_eq!(last.found.shared.len(), 2);
    assert_eq!(texts(&last.found.only_first), ["Ny regel"]);

    // A file that does not read changes nothing: the comparison goes on.
    browser.compare(tab, CompareWith::File(b"hej".to_vec()));
    assert_eq!(failures(&browser.tabs[tab]), [Failure::FileUnknown]);
    browser.say(tab, rule(8, section, "En till"));
    let last = compared(&browser.tabs[tab]).pop().unwrap();
    assert_eq!(texts(&last.found.only_first), ["Ny regel", "En till"]);

    browser.say(tab, ToWorker::Compare(None));
    browser.forget_what_was_heard();
    browser.say(tab, rule(10, section, "Ännu en"));
    assert_eq!(compared(&browser.tabs[tab]), [] as [&Compared; 0]);
    browser.pass(10_000);
    assert!(browser.tabs[tab].host.beside.is_empty());
}

#[test]
fn a_board_is_compared_with_a_file_of_either_kind() {
    for kind in [ExportKind::Archive, ExportKind::BoardFile] {
        let mut browser = Browser::new();
        let tab = browser.tab();
        browser.board_with_rules(tab, "Ledningen", &THEIRS);
        browser.say(tab, ToWorker::Export(kind));
        let exported = browser.tabs[tab].heard.iter().find_map(|it| match it {
            FromWorker::Exported { bytes, .. } => Some(bytes.clone()),
            _ => None,
        });
        browser.board_with_rules(tab, "Teamet", &OURS);
        let rows = browser.disk.rows.len();
        browser.compare(tab, CompareWith::File(exported.unwrap()));
        check(compared(&browser.tabs[tab])[0]);
        assert_eq!(browser.disk.rows.len(), rows, "nothing is stored of it");
    }
}

#[test]
fn what_cannot_be_compared_with_is_said_and_nothing_changes() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (own, _) = browser.board_with_rules(tab, "Teamet", &OURS);
    browser.pass(10_000);
    let before = browser.disk.rows.clone();
    let unknown = BoardId([7; 32]);
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let keys = BoardKeys::generate(&mut rng);
    let link = keys.link(keys.role()).unwrap();
    let check = |browser: &mut Browser, with, expected| {
        browser.forget_what_was_heard();
        browser.compare(tab, with);
        browser.pass(60_000);
        assert_eq!(failures(&browser.tabs[tab]), [expected]);
        assert_eq!(compared(&browser.tabs[tab]), [] as [&Compared; 0]);
        browser.pass(10_000);
        assert!(browser.tabs[tab].host.beside.is_empty());
        let boards = |rows: &BTreeMap<(Shelf, String), Vec<u8>>| {
            let mut keys: Vec<_> = rows.keys().cloned().collect();
            keys.retain(|it| it.0 != Shelf::Lease);
            keys
        };
        assert_eq!(boards(&browser.disk.rows), boards(&before));
    };
    check(
        &mut browser,
        CompareWith::File(b"hej".to_vec()),
        Failure::FileUnknown,
    );
    check(
        &mut browser,
        CompareWith::Link("x".into()),
        Failure::LinkDamaged,
    );
    check(&mut browser, CompareWith::Board(own), Failure::SameBoard);
    check(
        &mut browser,
        CompareWith::Board(unknown),
        Failure::BoardUnknown,
    );
    check(
        &mut browser,
        CompareWith::Link(link),
        Failure::BoardOutOfReach,
    );
}

#[test]
fn the_next_board_is_begun_without_a_network_and_compares_as_all_shared() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (main, section) = browser.board_with_rules(tab, "Ledningen", &OURS);
    let agreed = (1..=3).map(|id| Command::SetRuleStatus {
        id: RuleId([id; 16]),
        status: RuleStatus::Agreed,
    });
    browser.say(tab, ToWorker::Commands(agreed.collect()));
    browser.say(tab, rule(4, section, "Bara ett förslag"));
    let title = "Teamet".to_owned();
    let carry = Carry::default();
    browser.say(tab, ToWorker::CarryOver { carry, title });
    let open = browser.tabs[tab].opened();
    assert_eq!(
        (open.title.as_str(), open.role),
        ("Teamet", Role::Facilitator)
    );
    let begun = open.view.merged.begun.clone().unwrap();
    assert_eq!((begun.board, begun.title.as_str()), (main, "Ledningen"));
    let team = open.view.board;
    assert_ne!(team, main);

    browser.compare(tab, CompareWith::Board(main));
    let found = &compared(&browser.tabs[tab])[0].found;
    assert_eq!(texts(&found.shared), OURS);
    assert_eq!(texts(&found.only_second), ["Bara ett förslag"]);
    assert!(found.different.is_empty() && found.only_first.is_empty());

    let tab = browser.restart();
    browser.say(tab, ToWorker::OpenBoard { board: team });
    let kept = browser.tabs[tab].opened().view.merged.begun.clone();
    assert_eq!(kept, Some(begun));
    browser.say(tab, ToWorker::OpenBoard { board: main });
    assert_eq!(browser.tabs[tab].opened().view.rules.len(), 4);
}
