//! What the worker says.

use std::collections::BTreeSet;

use samsyn_shared::board::undo::{About, Way};
use samsyn_shared::board::{Delta, Draft, TextField, TextValue};
use samsyn_shared::ids::{BoardId, SectionId, TextId};
use samsyn_shared::records::{Presence, RecordId};

use super::taking::take;
use super::{
    Effects, comparing, dialog_to, grouping, notice, on_board, page_chosen, part_of, past, show,
    start, tell, walls,
};
use crate::core::Address;
use crate::core::draft::{Hand, OpenDraft};
use crate::core::effect::{Effect, Part};
use crate::core::event::Timer;
use crate::core::messages::{Failure, FromWorker, OpenBoard, Peer, ToWorker, Watch};
use crate::core::model::board::{Ground, Welcome};
use crate::core::model::{BoardModel, Model, NoticeKind, Opening, Page, Screen};
use crate::core::news;

pub(super) fn heard(model: &mut Model, message: FromWorker) -> Effects {
    match message {
        FromWorker::Ready { storage } => {
            model.storage = Some(storage);
            show(Part::Settings)
        }
        FromWorker::Boards(cards) => {
            model.cards = Some(cards);
            show(Part::Cards)
        }
        FromWorker::Glimpsed(open) => glimpsed(model, *open),
        FromWorker::Opened(open) => opened(model, *open),
        FromWorker::Past(shown) => past::shown(model, *shown),
        FromWorker::Delta(delta) => on_board(model, |board| changed(board, &delta)),
        FromWorker::DraftCommitted { text, own, now } => {
            on_board(model, |board| committed(board, text, &own, now))
        }
        FromWorker::Steps(steps) => on_board(model, |board| {
            board.steps = steps;
            show(Part::Steps)
        }),
        FromWorker::Went {
            way,
            about,
            records,
        } => went(model, way, about, &records),
        FromWorker::Groups(groups) => on_board(model, |board| grouping::told(board, groups)),
        FromWorker::MergeOffer(offer) => on_board(model, |board| grouping::offered(board, *offer)),
        FromWorker::Called(groups) => notice(model, NoticeKind::Called(groups)),
        FromWorker::Merged => grouping::merged(model),
        FromWorker::Compared(compared) => {
            on_board(model, |board| comparing::told(board, *compared))
        }
        FromWorker::Title(title) => on_board(model, |board| {
            board.title.clone_from(&title);
            vec![Effect::Heading(title), Effect::Show(Part::Title)]
        }),
        FromWorker::Heard(messages) => {
            model.heard = messages;
            show(Part::Save)
        }
        FromWorker::Save(save) => {
            let now = model.now;
            on_board(model, |board| {
                board.waiting_since = match save.unshared {
                    0 => None,
                    _ => board.waiting_since.or(Some(now)),
                };
                board.save = save;
                show(Part::Save)
            })
        }
        FromWorker::Standing(standing) => on_board(model, |board| {
            board.standing = standing;
            show(Part::Standing)
        }),
        FromWorker::Unshared(records) => on_board(model, |board| unshared(board, records)),
        FromWorker::Peers(peers) => on_board(model, |board| peers_changed(board, peers)),
        FromWorker::Exported {
            name,
            media_type,
            bytes,
        } => vec![Effect::SaveFile {
            name,
            media_type,
            bytes,
        }],
        FromWorker::Forgotten(board) => forgotten(model, board),
        FromWorker::Failed(failure) => failed(model, failure),
    }
}

/// Shows a board that is being opened as it was last shown.
fn glimpsed(model: &mut Model, open: OpenBoard) -> Effects {
    if !matches!(model.screen, Screen::Opening(Opening::Known)) {
        return Effects::new();
    }
    let effects = opened(model, open);
    if let Some(board) = model.board_mut() {
        board.ground = Ground::Glimpse;
    }
    effects
}

/// The document has been read: what the glimpse of it did not have is changed where it is, and the rest stays.
fn settled(board: &mut BoardModel, open: OpenBoard) -> Effects {
    let delta = board.view.delta_to(&open.view);
    let mut effects = changed(board, &delta);
    let drafts = open.drafts.clone();
    let renamed = board.title != open.title;
    board.settle(open);
    if renamed {
        effects.push(Effect::Heading(board.title.clone()));
    }
    for draft in drafts {
        let field = board.fields.get(&draft.text).copied();
        restore_draft(board, draft);
        effects.extend(field.map(|field| Effect::Show(Part::Text(field))));
    }
    let section = board.section();
    effects.push(Effect::Worker(ToWorker::Look { section }));
    let parts = [Part::Title, Part::Save, Part::Standing, Part::Screen];
    effects.extend(parts.map(Effect::Show));
    effects
}

fn opened(model: &mut Model, open: OpenBoard) -> Effects {
    if let Screen::Board(former) = &mut model.screen
        && former.ground == Ground::Glimpse
        && former.is_drawn_like(&open)
        && former.view.is_within(&open.view)
    {
        let follows = follows(&model.follows, open.view.board);
        let mut effects = settled(former, open);
        effects.extend(follows);
        return effects;
    }
    let welcome = match model.screen {
        Screen::Opening(Opening::Link) => asks_for_name(&open),
        Screen::Opening(Opening::New | Opening::Known | Opening::File)
        | Screen::Starting
        | Screen::Start
        | Screen::Board(_) => Welcome::Done,
    };
    let id = open.view.board;
    let title = open.title.clone();
    let drafts = open.drafts.clone();
    let mut board = BoardModel::new(open, welcome);
    board.others = model.others;
    if let Screen::Board(former) = &mut model.screen
        && former.view.board == id
    {
        stay(&mut board, former);
    }
    let mut effects = Effects::new();
    for draft in drafts {
        restore_draft(&mut board, draft);
    }
    effects.push(Effect::Worker(ToWorker::Look {
        section: board.section(),
    }));
    effects.extend(follows(&model.follows, id));
    model.screen = Screen::Board(Box::new(board));
    model.openings += 1;
    model
        .notices
        .retain(|notice| notice.kind == NoticeKind::UpdateReady);
    effects.extend(dialog_to(model, None));
    effects.extend([
        Effect::SetAddress(Address::Board(id)),
        Effect::Heading(title),
        Effect::Show(Part::Notices),
        Effect::Show(Part::Screen),
    ]);
    effects
}

/// The groups that were merged into a board are followed on, if they were when it was left.
fn follows(boards: &BTreeSet<BoardId>, board: BoardId) -> Option<Effect> {
    let follows = boards.contains(&board);
    follows.then_some(Effect::Worker(ToWorker::Follow(Watch::On)))
}

/// What others did is said after a while.
fn in_time(millis: u32) -> Effect {
    Effect::After {
        millis,
        timer: Timer::News,
    }
}

/// What others did is said now.
pub(super) fn news_due(model: &mut Model) -> Effects {
    on_board(model, |board| {
        let next = board.news.elapsed().map(in_time);
        show(Part::News).into_iter().chain(next).collect()
    })
}

/// Takes a delta; where the first section has come with it, says that the person looks at it.
fn changed(board: &mut BoardModel, delta: &Delta) -> Effects {
    if let Some(past) = &mut board.past {
        past.live.apply(delta);
        return Effects::new();
    }
    let before = board.section();
    let due = board.news.hear(news::of(board, delta));
    let mut effects = take(board, delta);
    effects.extend(due.map(in_time));
    let section = board.section();
    if before != section {
        effects.push(Effect::Worker(ToWorker::Look { section }));
    }
    effects
}

/// Shows where a step was taken back: another section if it was there, the place on the wall if it is out of sight.
fn went(model: &mut Model, way: Way, about: Option<About>, records: &[RecordId]) -> Effects {
    let mut effects = notice(model, NoticeKind::Went(way, about));
    let Some(board) = model.board_mut() else {
        return effects;
    };
    board.news.forget(records);
    let section = records.iter().find_map(|it| section_of(board, *it));
    let elsewhere = section.filter(|it| board.section() != Some(*it));
    if let Some(section) = elsewhere {
        effects.extend(page_chosen(model, Page::Section(section)));
    }
    if let Some(RecordId::Note(note)) = records.first() {
        effects.extend(walls::revealed(model, *note));
    }
    effects
}

/// The section that shows a record, unless it is in the trash.
fn section_of(board: &BoardModel, record: RecordId) -> Option<SectionId> {
    let view = &board.view;
    let (section, presence) = match record {
        RecordId::Section(id) => (id, view.sections.get(&id)?.presence),
        RecordId::Note(id) => view.notes.get(&id).map(|it| (it.section, it.presence))?,
        RecordId::Rule(id) => view.rules.get(&id).map(|it| (it.section, it.presence))?,
        RecordId::Cross(id) => view.crosses.get(&id).map(|it| (it.section, it.presence))?,
        RecordId::Person(_) => return None,
    };
    (presence == Presence::OnBoard).then_some(section)
}

fn asks_for_name(open: &OpenBoard) -> Welcome {
    let named = open
        .view
        .people
        .get(&open.me)
        .is_some_and(|me| !me.name.is_empty());
    if named || open.role == samsyn_shared::seal::Role::Observer {
        Welcome::Done
    } else {
        Welcome::Asking
    }
}

/// The same board came again whole (a step was refused, the worker was restarted): the person stays where they are.
fn stay(board: &mut BoardModel, former: &mut BoardModel) {
    if former
        .section()
        .is_none_or(|section| board.view.sections.contains_key(&section))
    {
        board.page = former.page;
    }
    board.cameras = std::mem::take(&mut former.cameras);
    board.moved = std::mem::take(&mut former.moved);
    board.windows = std::mem::take(&mut former.windows);
    board.quadrant = former.quadrant;
    board.compare = former.compare.take();
    board.take_peers(std::mem::take(&mut former.peers));
    if !board.writes() {
        // What was being typed is a change by now, and where it came too late it is not shown.
        return;
    }
    board.welcome = former.welcome;
    for (field, mut draft) in std::mem::take(&mut former.drafts) {
        let now = board.committed(field);
        draft.rebased(board.text_id(field), &now, &[]);
        board.drafts.insert(field, draft);
    }
}

fn restore_draft(board: &mut BoardModel, draft: Draft) {
    let Some(field) = board.fields.get(&draft.text).copied() else {
        return;
    };
    if board.drafts.contains_key(&field) {
        return;
    }
    let base = TextValue {
        value: draft.base,
        revision: draft.base_revision.unwrap_or_default(),
    };
    let mut open = OpenDraft {
        own: draft.own,
        edits: draft.edits,
        hand: Hand::Out,
        ..OpenDraft::over(Some(draft.text), base)
    };
    open.rebased(Some(draft.text), &board.committed(field), &[]);
    board.drafts.insert(field, open);
}

fn committed(board: &mut BoardModel, text: TextId, own: &str, now: TextValue) -> Effects {
    // The past on the screen may not have the record yet.
    let of_draft = board
        .drafts
        .iter()
        .find_map(|(field, draft)| (draft.text == Some(text)).then_some(*field));
    let Some(field) = of_draft.or_else(|| board.fields.get(&text).copied()) else {
        return Effects::new();
    };
    if let Some(draft) = board.drafts.get_mut(&field)
        && draft.text == Some(text)
    {
        draft.committed(own, &now);
        if draft.is_clean() && draft.hand == Hand::Out {
            board.drafts.remove(&field);
        }
    }
    match &mut board.past {
        Some(past) => drop(past.live.texts.insert(text, now)),
        None => drop(board.view.texts.insert(text, now)),
    }
    show(Part::Text(field))
}

fn unshared(board: &mut BoardModel, records: Vec<RecordId>) -> Effects {
    let now: BTreeSet<RecordId> = records.into_iter().collect();
    let changed: Vec<RecordId> = now.symmetric_difference(&board.unshared).copied().collect();
    board.unshared = now;
    changed
        .into_iter()
        .map(|record| Effect::Show(part_of(record)))
        .collect()
}

fn peers_changed(board: &mut BoardModel, peers: Vec<Peer>) -> Effects {
    let mut fields: BTreeSet<TextField> = written(board);
    board.take_peers(peers);
    fields.extend(written(board));
    let texts = fields
        .into_iter()
        .map(|field| Effect::Show(Part::Text(field)));
    texts.chain(show(Part::Peers)).collect()
}

pub(super) fn written(board: &BoardModel) -> BTreeSet<TextField> {
    let drafts = board.peers.iter().filter_map(|peer| peer.draft.as_ref());
    drafts
        .filter_map(|draft| board.fields.get(&draft.text).copied())
        .collect()
}

fn forgotten(model: &mut Model, board: BoardId) -> Effects {
    let was_open = model.board().is_some_and(|open| open.view.board == board);
    let mut effects = notice(model, NoticeKind::Forgotten);
    if let Some(cards) = &mut model.cards {
        cards.retain(|card| card.board != board);
    }
    effects.push(Effect::Show(Part::Cards));
    if was_open {
        effects.extend(start::home(model));
    }
    effects
}

/// Whether the board that is being opened will not come.
const fn ends_opening(failure: &Failure) -> bool {
    match failure {
        Failure::LinkDamaged
        | Failure::LinkNewer
        | Failure::BoardUnknown
        | Failure::SameBoard
        | Failure::BoardOutOfReach
        | Failure::BoardUnreadable(_)
        | Failure::FileUnknown
        | Failure::FileNewer { .. }
        | Failure::FileDamaged { .. }
        | Failure::CommandRefused { .. }
        | Failure::WorkerStopped => true,
        Failure::ChangeHeld { .. }
        | Failure::RelayRefused(_)
        | Failure::RelayMisbehaved { .. }
        | Failure::Storage(_) => false,
    }
}

fn failed(model: &mut Model, failure: Failure) -> Effects {
    let refused = matches!(failure, Failure::CommandRefused { .. });
    let mut effects = Effects::new();
    match &model.screen {
        Screen::Opening(_) if ends_opening(&failure) => effects.extend(start::home(model)),
        Screen::Board(board) if board.ground == Ground::Glimpse && ends_opening(&failure) => {
            effects.extend(start::home(model));
        }
        Screen::Opening(_) => {}
        Screen::Board(board) if refused => {
            let board = board.view.board;
            effects.extend(tell(ToWorker::OpenBoard { board }));
        }
        Screen::Board(_) | Screen::Starting | Screen::Start => {}
    }
    effects.extend(on_board(model, |board| comparing::failed(board, &failure)));
    effects.extend(notice(model, NoticeKind::Failure(failure)));
    effects
}
