//! The only function that changes a model.

mod comparing;
mod grouping;
mod headings;
mod notes;
mod past;
mod picks;
mod rules;
mod searching;
mod sections;
mod start;
mod steps;
mod taking;
mod texts;
mod walls;
mod worker;

use samsyn_shared::board::Command;
use samsyn_shared::ids::BoardId;
use samsyn_shared::records::{Person, RecordId};
use samsyn_shared::seal::Role;

use super::effect::{Effect, Part, Preference};
use super::event::{CompareEvent, Copied, Event, LinkKind, Picking, Timer};
use super::messages::{CompareWith, MergeStep, PageVisibility, ToWorker};
use super::model::board::{Ground, Welcome};
use super::model::{BoardModel, Camera, Dialog, Model, Notice, NoticeId, NoticeKind, Page};
use walls::Draw;

/// What an event leads to.
pub type Effects = Vec<Effect>;

/// Takes an event into the model and says what is to be done about it.
pub fn update(model: &mut Model, event: Event) -> Effects {
    let mut effects = taken(model, event);
    let focused = effects.iter().rev().find_map(|effect| {
        if let Effect::FocusNote(note) = effect {
            Some(*note)
        } else {
            None
        }
    });
    if let (Some(note), Some(board)) = (focused, model.board_mut()) {
        // It has to be in the page before it can have the focus.
        board.focus = Some(note);
    }
    if focused.is_some() || effects.iter().any(moves_a_wall) {
        effects.extend(walls::draw(model, Draw::AsItIs));
    }
    let changes = effects
        .iter()
        .filter(|it| matches!(it, Effect::Worker(said) if said.changes_something()));
    let changes = u32::try_from(changes.count()).unwrap_or(u32::MAX);
    if changes > 0 {
        let was_heard = model.is_heard();
        model.said = model.said.wrapping_add(changes);
        effects.extend(was_heard.then_some(Effect::Show(Part::Save)));
    }
    effects
}

/// Whether other notes may have to be drawn.
const fn moves_a_wall(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Show(Part::Places(_) | Part::Camera(_) | Part::Page | Part::Screen)
    )
}

fn taken(model: &mut Model, event: Event) -> Effects {
    let glimpse = |board: &BoardModel| board.ground == Ground::Glimpse;
    if model.board().is_some_and(glimpse) && !event.touches_no_board() {
        return Effects::new();
    }
    match event {
        Event::Start(start) => start::start(model, *start),
        Event::Worker(message) => worker::heard(model, message),
        Event::AddressChanged(address) => start::address(model, address),
        Event::Clock(now) => {
            model.now = now;
            show(Part::Clock)
        }
        Event::Copied(Copied::Done) => notice(model, NoticeKind::Copied),
        Event::Copied(Copied::Refused) => notice(model, NoticeKind::CopyRefused),
        Event::FileChosen { bytes } if model.dialog == Some(Dialog::Merge) => {
            tell(ToWorker::Merging(MergeStep::File(bytes)))
        }
        Event::FileChosen { bytes } if model.board().is_some_and(|it| it.page == Page::Compare) => {
            comparing::event(model, CompareEvent::With(CompareWith::File(bytes)))
        }
        Event::FileChosen { bytes } => start::import(model, bytes),
        Event::FileUnreadable => notice(model, NoticeKind::FileUnreadable),
        Event::Elapsed(Timer::Notice(id)) | Event::NoticeClosed(id) => close_notice(model, id),
        Event::Visibility(visibility) => visibility_changed(visibility),
        Event::Network(hint) => tell(ToWorker::Network(hint)),
        Event::UpdateReady => notice(model, NoticeKind::UpdateReady),
        Event::CameraReady => {
            model.camera = Camera::ReadsCodes;
            show(Part::Settings)
        }
        Event::UpdateWanted => vec![Effect::ApplyUpdate],
        Event::ReloadWanted => vec![Effect::Reload],
        Event::PrintWanted => vec![Effect::Print],
        Event::LanguageChosen(language) => {
            model.language = language;
            dressed(model, Preference::Language(language))
        }
        Event::ThemeChosen(theme) => {
            model.theme = theme;
            dressed(model, Preference::Theme(theme))
        }
        Event::LettersChosen(letters) => {
            model.letters = letters;
            dressed(model, Preference::Letters(letters))
        }
        Event::Groups(event) => grouping::event(model, event),
        Event::AllMoved { from, to } => sections::move_all(model, from, to),
        Event::Compare(event) => comparing::event(model, event),
        Event::OthersChosen(others) => {
            model.others = others;
            let mut effects = dressed(model, Preference::Others(others));
            if let Some(board) = model.board_mut() {
                board.others = others;
                let fields = worker::written(board).into_iter();
                effects.extend(fields.map(|field| Effect::Show(Part::Text(field))));
            }
            effects
        }
        Event::Dialog(dialog) => {
            let mut effects = dialog_to(model, dialog);
            match dialog {
                Some(Dialog::SaveDetails) => effects.push(Effect::MeasureSpace),
                // Whether the board that this one was begun from is here.
                Some(Dialog::Menu) => effects.extend(tell(ToWorker::ListBoards)),
                Some(_) | None => {}
            }
            effects
        }
        Event::SpaceMeasured(space) => {
            model.space = space;
            show(Part::Save)
        }
        Event::BoardWanted { template, title } => start::make(model, template, &title),
        Event::CarryWanted { carry, title } => start::carry(model, carry, &title),
        Event::LinkPasted(pasted) => start::paste(model, &pasted),
        Event::BoardChosen(board) => start::open_known(model, board),
        Event::BoardForgotten(board) => forget(model, board),
        Event::HomeWanted => start::home(model),
        Event::FinishConfirmed => deciding(model, ToWorker::Finish),
        Event::PauseWanted => deciding(model, ToWorker::Pause),
        Event::ReopenWanted => deciding(model, ToWorker::Reopen),
        Event::ExportWanted(kind) => {
            let mut effects = dialog_to(model, None);
            effects.push(Effect::Worker(ToWorker::Export(kind)));
            effects
        }
        Event::LinkCopied(kind) => copy_link(model, kind),
        Event::NameGiven(name) => name_given(model, &name),
        Event::PageChosen(page) => page_chosen(model, page),
        Event::TitleGiven(title) => title_given(model, &title),
        Event::TextEntered(field) => texts::entered(model, field),
        Event::Typed {
            field,
            shown,
            value,
            selection,
        } => texts::typed(model, field, &shown, &value, selection),
        Event::CaretMoved { field, selection } => texts::caret(model, field, selection),
        Event::TextLeft(field) => texts::left(model, field),
        Event::StepWanted(way) => writing(model, |_| Some(tell(ToWorker::Go(way)))),
        Event::NoteWanted(to) => notes::add(model, to, None),
        Event::NoteWantedAt { section, place } => notes::add_at(model, section, place),
        Event::PastWanted(at) => past::go(model, at),
        Event::PlayToggled => past::toggle(model),
        Event::Elapsed(Timer::Play) => past::next(model),
        Event::Elapsed(Timer::News) => worker::news_due(model),
        Event::Elapsed(Timer::DrawMore) => walls::draw(model, Draw::More),
        Event::BroughtBack(note) => past::bring_back(model, note),
        Event::Searched(query) => searching::search(model, query),
        Event::SearchStepped { forward } => searching::step(model, forward),
        Event::NoteFocused { note, by_keyboard } => walls::focused(model, note, by_keyboard),
        Event::NoteOpened(note) => {
            let mut effects = steps::showing(model, note);
            effects.extend(notes::open(model, note));
            effects
        }
        Event::StepChosen { section, step } => steps::choose(model, section, step),
        Event::ForceJudged { note, judged } => steps::judge(model, note, judged),
        Event::ForceNudged {
            note,
            direction,
            stride,
        } => steps::nudge(model, note, direction, stride),
        Event::NotesTagged { notes, tag } => steps::tag(model, &notes, tag),
        Event::TaggedWanted { to, tag } => steps::add(model, to, tag),
        Event::AxisTaken {
            section,
            axis,
            force,
        } => steps::take(model, section, axis, force),
        Event::NoteClosed(note) => notes::close(model, note),
        Event::NoteHeld(note) => notes::hold(model, note),
        Event::NoteCarried { dx, dy } => notes::carry(model, dx, dy),
        Event::NoteRested(over) => headings::rested(model, over),
        Event::NoteReleased(to) => notes::release(model, to),
        Event::NotesGrouped { notes, heading } => headings::group(model, &notes, heading),
        Event::NotesLoosened(notes) => headings::loosen(model, &notes),
        Event::NoteNudged {
            note,
            direction,
            stride,
        } => notes::nudge(model, note, direction, stride),
        Event::NotesSent { notes, to } => notes::send(model, &notes, to),
        Event::NotesColoured { notes, colour } => notes::colour(model, &notes, colour),
        Event::NotesArranged(notes) => picks::arrange(model, &notes),
        Event::NotesDoubled(notes) => picks::double(model, &notes),
        Event::NotesCopied(notes) => picks::copy(model, &notes),
        Event::NotesRemoved(notes) => picks::remove(model, &notes),
        Event::Pasted(text) => picks::paste(model, &text),
        Event::NotePicked(note) => picks::pick(model, note),
        Event::AllPicked => picks::pick_all(model),
        Event::PicksDropped => picks::drop_all(model),
        Event::PickingChosen(picking) => picks::picking(model, picking),
        Event::Framed { section, from, to } => picks::frame(model, section, from, to),
        Event::FrameDone => picks::frame_done(model),
        Event::Removed(record) => notes::remove(model, record),
        Event::Restored(record) => notes::restore(model, record),
        Event::RuleWanted(section) => rules::add(model, section),
        Event::SupportToggled(rule) => rules::support(model, rule),
        Event::StatusGiven { rule, status } => rules::status(model, rule, status),
        Event::RuleShifted { rule, direction } => rules::shift(model, rule, direction),
        Event::RuleDropped { rule, before } => rules::drop_before(model, rule, before),
        Event::CrossWanted(section) => walls::cross(model, section),
        Event::HorizonGiven { section, year } => walls::horizon(model, section, &year),
        Event::QuadrantOpened(place) => walls::quadrant(model, place),
        Event::WallMeasured { section, size } => walls::measured(model, section, size),
        Event::WallPanned { section, dx, dy } => walls::panned(model, section, dx, dy),
        Event::WallZoomed {
            section,
            factor,
            around,
        } => walls::zoomed(model, section, factor, around),
        Event::WallFitted(section) => walls::fitted(model, section),
    }
}

fn show(part: Part) -> Effects {
    vec![Effect::Show(part)]
}

fn tell(message: ToWorker) -> Effects {
    vec![Effect::Worker(message)]
}

/// A decision of the facilitator about the whole board.
fn deciding(model: &mut Model, decision: ToWorker) -> Effects {
    let leads = model.board().is_some_and(|it| it.role == Role::Facilitator);
    let mut effects = dialog_to(model, None);
    if leads {
        effects.extend(tell(decision));
    }
    effects
}

/// A step of the person, if they may write on the open board.
fn writing(model: &mut Model, step: impl FnOnce(&mut BoardModel) -> Option<Effects>) -> Effects {
    model
        .board_mut()
        .filter(|board| board.writes())
        .and_then(step)
        .unwrap_or_default()
}

fn command(command: Command) -> Effect {
    commands(vec![command])
}

/// Commands that are one step of the person.
fn commands(commands: Vec<Command>) -> Effect {
    Effect::Worker(ToWorker::Commands(commands))
}

fn notice(model: &mut Model, kind: NoticeKind) -> Effects {
    model.notices_made += 1;
    let id = NoticeId(model.notices_made);
    let timer = kind.stays().map(|millis| Effect::After {
        millis,
        timer: Timer::Notice(id),
    });
    model.notices.retain(|old| !old.kind.gives_way_to(&kind));
    model.notices.push(Notice { id, kind });
    show(Part::Notices).into_iter().chain(timer).collect()
}

fn close_notice(model: &mut Model, id: NoticeId) -> Effects {
    model.notices.retain(|notice| notice.id != id);
    show(Part::Notices)
}

fn visibility_changed(visibility: PageVisibility) -> Effects {
    tell(ToWorker::Page(visibility))
}

fn dressed(model: &Model, preference: Preference) -> Effects {
    vec![
        Effect::Remember(preference),
        Effect::Dress {
            language: model.language,
            theme: model.theme,
        },
        Effect::Show(Part::Settings),
    ]
}

fn dialog_to(model: &mut Model, dialog: Option<Dialog>) -> Effects {
    if model.dialog == dialog {
        return Effects::new();
    }
    let former = std::mem::replace(&mut model.dialog, dialog);
    let mut effects = grouping::looked(model, former);
    effects.extend(show(Part::Dialog));
    effects
}

fn on_board(model: &mut Model, change: impl FnOnce(&mut BoardModel) -> Effects) -> Effects {
    model.board_mut().map(change).unwrap_or_default()
}

fn forget(model: &mut Model, board: BoardId) -> Effects {
    let mut effects = dialog_to(model, None);
    effects.push(Effect::Worker(ToWorker::ForgetBoard { board }));
    effects
}

fn copy_link(model: &Model, kind: LinkKind) -> Effects {
    let Some(board) = model.board() else {
        return Effects::new();
    };
    let code = match kind {
        LinkKind::Participant => &board.links.participant,
        LinkKind::Observer => &board.links.observer,
        LinkKind::Facilitator => &board.links.facilitator,
    };
    code.iter()
        .map(|code| Effect::Copy(model.link(code)))
        .collect()
}

fn name_given(model: &mut Model, name: &str) -> Effects {
    let mut effects = dialog_to(model, None);
    let Some(board) = model.board_mut() else {
        return effects;
    };
    let name: String = name.trim().chars().take(Person::MAX_NAME / 2).collect();
    if board.welcome == Welcome::Asking {
        board.welcome = Welcome::Done;
        effects.push(Effect::Show(Part::Screen));
    }
    if !name.is_empty() && board.writes() {
        let me = board.me;
        board.view.people.insert(
            me,
            Person {
                id: me,
                name: name.clone(),
            },
        );
        effects.push(Effect::Worker(ToWorker::SetName(name)));
        effects.push(Effect::Show(Part::Peers));
    }
    effects
}

fn page_chosen(model: &mut Model, page: Page) -> Effects {
    let mut effects = dialog_to(model, None);
    let Some(board) = model.board_mut() else {
        return effects;
    };
    if board.section().is_some() {
        board.former = Some(board.at());
    }
    effects.extend(comparing::turned(board, page));
    board.page = page;
    board.quadrant = None;
    board.picked.clear();
    board.picking = Picking::Off;
    effects.push(Effect::Show(Part::Picks));
    effects.push(Effect::Worker(ToWorker::Look {
        section: board.section(),
    }));
    effects.push(Effect::Show(Part::Page));
    effects
}

fn title_given(model: &mut Model, title: &str) -> Effects {
    let title = title.trim().to_owned();
    let Some(board) = model.board_mut() else {
        return Effects::new();
    };
    if board.role != Role::Facilitator || title.is_empty() || board.title == title {
        return show(Part::Title);
    }
    board.title.clone_from(&title);
    vec![
        Effect::Worker(ToWorker::SetTitle(title.clone())),
        Effect::Heading(title),
        Effect::Show(Part::Title),
    ]
}

/// The part of the screen that shows a record's marks.
const fn part_of(record: RecordId) -> Part {
    match record {
        RecordId::Section(_) => Part::Sections,
        RecordId::Note(id) => Part::Note(id),
        RecordId::Rule(id) => Part::Rule(id),
        RecordId::Cross(id) => Part::Cross(id),
        RecordId::Person(_) => Part::Peers,
    }
}

#[cfg(test)]
mod tests;
