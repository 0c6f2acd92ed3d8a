//! Starting, opening and leaving boards.

use samsyn_shared::board::merge::Carry;
use samsyn_shared::ids::BoardId;

use super::{Effects, dialog_to, notice, show};
use crate::core::Address;
use crate::core::address::code_in;
use crate::core::effect::{Effect, Part};
use crate::core::event::StartEvent;
use crate::core::messages::{Template, ToWorker};
use crate::core::mint::Mint;
use crate::core::model::{Model, NoticeKind, Opening, Screen};
use crate::core::words::words;

pub(super) fn start(model: &mut Model, start: StartEvent) -> Effects {
    model.language = start.language;
    model.theme = start.theme;
    model.letters = start.letters;
    model.steps = super::super::steps::read(&start.steps);
    model.others = start.others;
    let follows = start.follows.split_whitespace();
    model.follows = follows.filter_map(|it| it.parse().ok()).collect();
    model.origin = start.origin;
    model.context = start.context;
    model.now = start.now;
    model.mint = Mint::new(start.seed);
    let mut effects = vec![
        Effect::Dress {
            language: model.language,
            theme: model.theme,
        },
        Effect::Show(Part::Settings),
        Effect::Worker(ToWorker::Start { relay: start.relay }),
    ];
    effects.extend(address(model, start.address));
    effects
}

/// Goes where the address bar points, unless we are there.
pub(super) fn address(model: &mut Model, address: Address) -> Effects {
    match address {
        Address::Start => home(model),
        Address::Board(board) if open_board(model) == Some(board) => Effects::new(),
        Address::Board(board) => open_known(model, board),
        Address::Link(code) => open_link(model, code),
    }
}

pub(super) fn make(model: &mut Model, template: Template, title: &str) -> Effects {
    let title = titled(model, title);
    let language = model.language;
    opening(
        model,
        Opening::New,
        ToWorker::NewBoard {
            template,
            title,
            language,
        },
    )
}

/// The worker leaves the open board by itself, once it has taken from it what goes along.
pub(super) fn carry(model: &mut Model, carry: Carry, title: &str) -> Effects {
    if model.board().is_none() {
        return Effects::new();
    }
    let title = titled(model, title);
    let mut effects = dialog_to(model, None);
    model.screen = Screen::Opening(Opening::New);
    effects.push(Effect::Worker(ToWorker::CarryOver { carry, title }));
    effects.extend(show(Part::Screen));
    effects
}

fn titled(model: &Model, title: &str) -> String {
    match title.trim() {
        "" => words(model.language).untitled.to_owned(),
        title => title.to_owned(),
    }
}

pub(super) fn paste(model: &mut Model, pasted: &str) -> Effects {
    match code_in(pasted) {
        Some(code) => open_link(model, code),
        None => {
            let mut effects = dialog_to(model, None);
            effects.extend(notice(model, NoticeKind::NotALink));
            effects
        }
    }
}

pub(super) fn open_known(model: &mut Model, board: BoardId) -> Effects {
    opening(model, Opening::Known, ToWorker::OpenBoard { board })
}

pub(super) fn import(model: &mut Model, bytes: Vec<u8>) -> Effects {
    opening(model, Opening::File, ToWorker::Import { bytes })
}

pub(super) fn home(model: &mut Model) -> Effects {
    let mut effects = dialog_to(model, None);
    let left = open_board(model).is_some();
    model.screen = Screen::Start;
    model
        .notices
        .retain(|notice| !matches!(notice.kind, NoticeKind::Removed(_)));
    if left {
        effects.push(Effect::Worker(ToWorker::LeaveBoard));
    }
    effects.extend([
        Effect::Worker(ToWorker::ListBoards),
        Effect::SetAddress(Address::Start),
        Effect::Heading(words(model.language).product.to_owned()),
        Effect::Show(Part::Notices),
        Effect::Show(Part::Screen),
    ]);
    effects
}

fn open_link(model: &mut Model, code: String) -> Effects {
    opening(model, Opening::Link, ToWorker::OpenLink { code })
}

fn opening(model: &mut Model, how: Opening, message: ToWorker) -> Effects {
    let mut effects = dialog_to(model, None);
    if open_board(model).is_some() {
        effects.push(Effect::Worker(ToWorker::LeaveBoard));
    }
    model.screen = Screen::Opening(how);
    effects.push(Effect::Worker(message));
    effects.extend(show(Part::Screen));
    effects
}

fn open_board(model: &Model) -> Option<BoardId> {
    model.board().map(|board| board.view.board)
}
