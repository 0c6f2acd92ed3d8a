//! Groups of a board, and merging other boards into it.

use samsyn_shared::board::{Command, View};
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Note, RecordId};

use super::{Effects, dialog_to, notice, on_board, show, tell, walls};
use crate::core::address::code_in;
use crate::core::effect::{Effect, Part};
use crate::core::event::GroupsEvent;
use crate::core::messages::{GroupCard, MergeOffer, MergeStep, ToWorker, Watch};
use crate::core::model::board::MergeModel;
use crate::core::model::{BoardModel, Dialog, Model, NoticeKind};

pub(super) fn event(model: &mut Model, event: GroupsEvent) -> Effects {
    match event {
        GroupsEvent::Made(wanted) => tell(ToWorker::MakeGroups(wanted)),
        GroupsEvent::Link(pasted) => match code_in(&pasted) {
            Some(code) => tell(ToWorker::Merging(MergeStep::Link(code))),
            None => notice(model, NoticeKind::NotALink),
        },
        GroupsEvent::Merge(step) => tell(ToWorker::Merging(step)),
        GroupsEvent::Choose {
            record,
            field,
            wanted,
        } => on_board(model, |board| {
            let Some(merge) = &mut board.merge else {
                return Effects::new();
            };
            match wanted {
                Some(wanted) => drop(merge.choices.insert((record, field), wanted)),
                None => drop(merge.choices.remove(&(record, field))),
            }
            show(Part::Merge)
        }),
        GroupsEvent::Piled { first, together } => on_board(model, |board| {
            let Some(merge) = &mut board.merge else {
                return Effects::new();
            };
            if together {
                merge.piled.insert(first);
            } else {
                merge.piled.remove(&first);
            }
            show(Part::Merge)
        }),
        GroupsEvent::Confirmed => confirmed(model),
        GroupsEvent::Follow(watch) => followed(model, watch),
        GroupsEvent::Call(text) if text.trim().is_empty() => Effects::new(),
        GroupsEvent::Call(text) => tell(ToWorker::CallGroups(text.trim().to_owned())),
        GroupsEvent::Only(only) => on_board(model, |board| {
            board.only = only;
            let mut effects = show(Part::Merged);
            let notes = board.view.notes.keys();
            effects.extend(notes.map(|it| Effect::Show(Part::Note(*it))));
            effects
        }),
    }
}

/// A dialog opens or closes: the worker hears whether the groups are looked at.
pub(super) fn looked(model: &mut Model, former: Option<Dialog>) -> Effects {
    let looks = |dialog: Option<Dialog>| matches!(dialog, Some(Dialog::Groups | Dialog::Merge));
    let merges = |dialog: Option<Dialog>| dialog == Some(Dialog::Merge);
    let now = model.dialog;
    let mut effects = Effects::new();
    if looks(former) && !looks(now) {
        effects.extend(tell(ToWorker::WatchGroups(Watch::Off)));
    }
    if !looks(former) && now == Some(Dialog::Groups) {
        effects.extend(tell(ToWorker::WatchGroups(Watch::On)));
    }
    if merges(former) != merges(now) {
        let step = if merges(now) {
            effects.extend(tell(ToWorker::ListBoards));
            MergeStep::Begin
        } else {
            MergeStep::End
        };
        effects.extend(tell(ToWorker::Merging(step)));
        if let Some(board) = model.board_mut() {
            board.merge = merges(now).then(MergeModel::default);
        }
    }
    effects
}

fn confirmed(model: &mut Model) -> Effects {
    let Some(merge) = model.board_mut().and_then(|board| board.merge.as_mut()) else {
        return Effects::new();
    };
    merge.under_way = true;
    let piled = merge.offer.iter().flat_map(|offer| {
        let piles = offer.preview.piles.iter();
        let piles = piles.filter(|pile| pile.first().is_some_and(|it| merge.piled.contains(it)));
        piles.flat_map(|pile| gathered(&offer.preview.view, pile))
    });
    let piled: Vec<Command> = piled.collect();
    let choices = std::mem::take(&mut merge.choices).into_iter();
    let choices = choices.map(|((record, field), wanted)| Command::Choose {
        record,
        field,
        wanted,
    });
    let step = MergeStep::Apply(choices.chain(piled).collect());
    let mut effects = tell(ToWorker::Merging(step));
    effects.extend(show(Part::Merge));
    effects
}

fn followed(model: &mut Model, watch: Watch) -> Effects {
    let Some(board) = model.board().map(|it| it.view.board) else {
        return Effects::new();
    };
    match watch {
        Watch::On => drop(model.follows.insert(board)),
        Watch::Off => drop(model.follows.remove(&board)),
    }
    let kept: Vec<String> = model.follows.iter().map(ToString::to_string).collect();
    vec![
        Effect::KeepFollows(kept.join(" ")),
        Effect::Worker(ToWorker::Follow(watch)),
        Effect::Show(Part::Merge),
        Effect::Show(Part::Merged),
    ]
}

/// Puts the notes of a pile under one of them: one that is a heading already if there is any, else the first. What
/// heads others itself, is under another heading or lies elsewhere stays where it is.
fn gathered(view: &View, pile: &[NoteId]) -> Vec<Command> {
    let heads = |id: &NoteId| view.notes.values().any(|it| it.under == Some(*id));
    let notes = pile.iter().filter_map(|it| view.notes.get(it));
    let free = notes.filter(|it| view.heading_of(it).is_none());
    let free: Vec<&Note> = free.collect();
    let heading = free.iter().find(|it| heads(&it.id)).or(free.first());
    let Some(heading) = heading else {
        return Vec::new();
    };
    let others = free.iter().filter(|it| {
        let same_place = (it.section, it.quadrant) == (heading.section, heading.quadrant);
        it.id != heading.id && same_place && !heads(&it.id)
    });
    others
        .map(|it| Command::SetUnder {
            id: it.id,
            heading: Some(heading.id),
        })
        .collect()
}

pub(super) fn told(board: &mut BoardModel, groups: Vec<GroupCard>) -> Effects {
    board.groups = Some(groups);
    show(Part::Groups)
}

pub(super) fn offered(board: &mut BoardModel, offer: MergeOffer) -> Effects {
    if let Some(merge) = &mut board.merge {
        let open = &offer.preview.conflicts;
        let is_open = |record: &RecordId, field| {
            open.iter()
                .any(|it| it.record == *record && it.field == field)
        };
        merge
            .choices
            .retain(|(record, field), _| is_open(record, *field));
        merge.offer = Some(offer);
    }
    show(Part::Merge)
}

pub(super) fn merged(model: &mut Model) -> Effects {
    let mut effects = dialog_to(model, None);
    effects.extend(notice(model, NoticeKind::Merged));
    // What came may hang anywhere on any wall: the person sees all of it.
    let walls = model.board().map(|it| it.windows.keys().copied().collect());
    let walls: Vec<SectionId> = walls.unwrap_or_default();
    for section in walls {
        effects.extend(walls::fitted(model, section));
    }
    effects
}
