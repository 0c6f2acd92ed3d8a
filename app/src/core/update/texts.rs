//! Writing: the focus comes, keys are struck, the focus goes.

use samsyn_shared::board::TextField;
use samsyn_shared::board::draft::units;
use samsyn_shared::records::MAX_TEXT;

use super::taking::tell_draft;
use super::{Effects, show, writing};
use crate::core::draft::{Hand, OpenDraft, Selection};
use crate::core::effect::{Effect, Part};
use crate::core::messages::ToWorker;
use crate::core::model::{BoardModel, Model};

pub(super) fn entered(model: &mut Model, field: TextField) -> Effects {
    writing(model, |board| {
        if board.awaited == Some(field) {
            board.awaited = None;
        }
        open_draft(board, field).hand = Hand::In;
        None
    })
}

pub(super) fn typed(
    model: &mut Model,
    field: TextField,
    shown: &str,
    value: &str,
    selection: Selection,
) -> Effects {
    writing(model, |board| {
        if units(value) as usize > MAX_TEXT {
            return Some(show(Part::Text(field)));
        }
        let others: Vec<String> = board.others_in(field).map(str::to_owned).collect();
        let draft = open_draft(board, field);
        draft.typed(shown, value, selection, others.iter().map(String::as_str));
        draft.hand = Hand::In;
        let mut effects = tell_draft(board, field);
        effects.push(Effect::Show(Part::Text(field)));
        Some(effects)
    })
}

pub(super) fn caret(model: &mut Model, field: TextField, selection: Selection) -> Effects {
    writing(model, |board| {
        let others: Vec<String> = board.others_in(field).map(str::to_owned).collect();
        let draft = board.drafts.get_mut(&field)?;
        draft.caret_moved(selection, others.iter().map(String::as_str));
        None
    })
}

pub(super) fn left(model: &mut Model, field: TextField) -> Effects {
    writing(model, |board| {
        let draft = board.drafts.get_mut(&field)?;
        draft.hand = Hand::Out;
        let text = draft.text;
        if draft.is_clean() && text.is_some() {
            board.drafts.remove(&field);
        }
        let mut effects = show(Part::Text(field));
        effects.extend(text.map(|text| Effect::Worker(ToWorker::DraftEnd { text })));
        Some(effects)
    })
}

fn open_draft(board: &mut BoardModel, field: TextField) -> &mut OpenDraft {
    let text = board.text_id(field);
    let committed = board.committed(field);
    board
        .drafts
        .entry(field)
        .or_insert_with(|| OpenDraft::over(text, committed))
}
