//! Comparing the open board's rules with another board's.

use samsyn_shared::export::Words as Labels;

use super::{Effects, notice, on_board, show, tell};
use crate::core::address::code_in;
use crate::core::effect::{Effect, Part};
use crate::core::event::CompareEvent;
use crate::core::messages::{CompareWith, Compared, Failure, ToWorker};
use crate::core::model::board::CompareModel;
use crate::core::model::{BoardModel, Model, NoticeKind, Page};
use crate::core::words::words;

pub(super) fn event(model: &mut Model, event: CompareEvent) -> Effects {
    match event {
        CompareEvent::With(with) => on_board(model, |board| look(board, with)),
        CompareEvent::Link(pasted) => match code_in(&pasted) {
            Some(code) => on_board(model, |board| look(board, CompareWith::Link(code))),
            None => notice(model, NoticeKind::NotALink),
        },
        CompareEvent::Copied => copy(model),
    }
}

fn look(board: &mut BoardModel, with: CompareWith) -> Effects {
    let former = board.compare.take().unwrap_or_default();
    board.compare = Some(CompareModel {
        looking: true,
        ..former
    });
    let mut effects = tell(ToWorker::Compare(Some(with)));
    effects.extend(show(Part::Compare));
    effects
}

fn copy(model: &Model) -> Effects {
    let compare = model.board().and_then(|it| it.compare.as_ref());
    let Some(compared) = compare.and_then(|it| it.found.as_ref()) else {
        return Effects::new();
    };
    let untitled = words(model.language).untitled;
    let [first, second] = &compared.titles;
    let titles = [first, second].map(|it| if it.is_empty() { untitled } else { it });
    let text = compared.found.text(Labels::of(model.language), titles);
    vec![Effect::Copy(text)]
}

/// The page with the comparison is chosen or left.
pub(super) fn turned(board: &mut BoardModel, page: Page) -> Effects {
    let was_there = board.page == Page::Compare;
    if page == Page::Compare {
        board.compare = Some(CompareModel::default());
        tell(ToWorker::ListBoards)
    } else if was_there {
        board.compare = None;
        tell(ToWorker::Compare(None))
    } else {
        Effects::new()
    }
}

pub(super) fn told(board: &mut BoardModel, compared: Compared) -> Effects {
    board.compare = board.compare.take().map(|_| CompareModel {
        looking: false,
        found: Some(compared),
    });
    show(Part::Compare)
}

/// Something did not work: it may be what was to be compared with. What was found before stays where the worker still
/// keeps it current.
pub(super) fn failed(board: &mut BoardModel, failure: &Failure) -> Effects {
    match &mut board.compare {
        Some(compare) if compare.looking => {
            compare.looking = false;
            if matches!(
                failure,
                Failure::BoardUnknown | Failure::BoardUnreadable(_) | Failure::BoardOutOfReach
            ) {
                compare.found = None;
            }
            show(Part::Compare)
        }
        Some(_) | None => Effects::new(),
    }
}
