//! A note: on a wall, where it hangs at its place, or in a list of a cross, where it flows.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::prelude::*;
use samsyn_shared::board::TextField;
use samsyn_shared::ids::NoteId;
use samsyn_shared::records::{Note, Position, QuadrantPlace, RecordId, Tag};
use samsyn_shared::wall::width;

use super::app::{App, focus_note};
use super::carets::carets;
use super::gesture::{NoteHands, Tapped};
use super::icons::{Icon, icon};
use super::sources::{Mark, mark, mark_of};
use super::writing::{Lines, Writing, hit, writing};
use crate::core::effect::Part;
use crate::core::event::{Direction, Event, Stride};
use crate::core::model::{BoardModel, Dialog};
use crate::core::words::Words;

/// What a note is on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// A wall: it hangs at a place.
    Wall,
    /// A list: it flows.
    Flow,
}

/// What of a note is drawn, apart from its words.
#[derive(Clone, PartialEq)]
struct Face {
    note: Note,
    at: Position,
    carried: Option<(f64, f64)>,
    editing: bool,
    unshared: bool,
    picked: bool,
    hit: bool,
    /// Another source's notes are looked at.
    faint: bool,
    /// The board it came from, if that is another one.
    origin: Option<Mark>,
    /// The heading it is under.
    under: Option<NoteId>,
    /// As a heading: how many notes are under it, and how many of them beside each other.
    heads: Option<(u32, usize)>,
    /// Whether the note in the hand goes under it when it is let go now.
    takes: bool,
}

fn face(board: &BoardModel, id: NoteId) -> Option<Face> {
    let note = board.view.notes.get(&id)?;
    let held = board.held.as_ref();
    let held = held.filter(|held| held.from.contains_key(&id));
    let members = board.headings.members(id);
    Some(Face {
        under: board.headings.heading(id),
        heads: members.map(|it| {
            (
                u32::try_from(it.notes.len()).unwrap_or(u32::MAX),
                it.columns,
            )
        }),
        takes: board
            .held
            .as_ref()
            .is_some_and(|held| held.over == Some(id)),
        at: board.place(note),
        carried: held.map(|held| (held.dx, held.dy)),
        editing: board.editing == Some(id),
        picked: board.picked.contains(&id),
        hit: board.is_hit(RecordId::Note(id)),
        unshared: board.unshared.contains(&RecordId::Note(id)),
        faint: board.is_faint(id),
        origin: mark_of(board, RecordId::Note(id)),
        note: note.clone(),
    })
}

pub(super) fn note(app: App, id: NoteId, surface: Surface) -> impl IntoView {
    let field = TextField::NoteText(id);
    let face = Memo::new(move |_| app.board(Part::Note(id), |board| face(board, id)));
    let of = move |read: fn(&Face) -> String| face.with(|it| it.as_ref().map(read));
    let is = move |read: fn(&Face) -> bool| face.with(|it| it.as_ref().is_some_and(read));
    let words = Memo::new(move |_| app.board(Part::Text(field), |board| board.shown(field).0));
    let writer = Memo::new(move |_| {
        app.board(Part::Text(field), |board| {
            let writer = board.writers(field).next();
            writer.map(|peer| peer.name.clone())
        })
    });
    let editing = Memo::new(move |_| is(|face| face.editing));
    let under = Memo::new(move |_| face.with(|face| face.as_ref().and_then(|it| it.under)));
    let heading = Memo::new(move |_| under.get().map(|heading| title(app, heading)));
    let heads = Memo::new(move |_| face.with(|face| face.as_ref().and_then(|it| it.heads)));
    let tag = Memo::new(move |_| face.with(|face| face.as_ref().and_then(|it| tag_of(&it.note))));
    let wide = move || {
        let columns = heads
            .get()
            .filter(|_| surface == Surface::Wall)
            .map(|it| it.1);
        columns.map(|columns| format!("{}px", width(columns)))
    };
    let label = move || {
        face.with(|face| {
            face.as_ref().map(|face| {
                let heading = heading.get();
                said(app.words(), face, &words.get(), heading.as_deref(), surface)
            })
        })
    };
    let hands = NoteHands::new(app, id);
    let home = move || app.peek_board(|board| board.view.notes.get(&id).map(|it| it.section));
    let moved = move || face.with(|face| face.as_ref().map(|face| transform(face, surface)));
    view! {
        <div
            class=move || format!("note paper-{}", of(|face| face.note.colour.word().to_owned()).unwrap_or_default())
            class:note-flow=(surface == Surface::Flow)
            class:note-held=move || is(|face| face.carried.is_some())
            class:note-editing=move || editing.get()
            class:note-written=move || writer.with(Option::is_some)
            class:hit=move || is(|face| face.hit)
            class:note-picked=move || is(|face| face.picked)
            class:note-faint=move || is(|face| face.faint)
            class:note-heading=move || heads.with(Option::is_some)
            class:note-under=move || under.with(Option::is_some)
            class:note-takes=move || is(|face| face.takes)
            style:transform=moved
            style:width=wide
            tabindex="0"
            role="group"
            aria-label=label
            aria-describedby="note-keys"
            data-testid="note"
            data-id=id.to_string()
            data-picked=move || is(|face| face.picked).to_string()
            data-under=move || under.get().map(|it| it.to_string())
            data-unshared=move || is(|face| face.unshared).to_string()
            data-x=move || of(|face| face.at.x.to_string())
            data-y=move || of(|face| face.at.y.to_string())
            data-writing=move || writer.get().map(|name| if name.is_empty() { "true".to_owned() } else { name })
            on:pointerdown=move |event| hands.down(&event)
            on:pointermove=move |event| hands.moved(&event)
            on:pointerup=move |event| {
                // It goes on to the wall, which would go on counting a finger that never goes up.
                match home().map(|home| hands.up(&event, home)) {
                    Some(Tapped::Twice) => app.dispatch(Event::NoteOpened(id)),
                    Some(Tapped::ToPick) => app.dispatch(Event::NotePicked(id)),
                    Some(Tapped::No) | None => {}
                }
            }
            on:pointercancel=move |_| hands.cancelled()
            on:touchmove=move |event| {
                if hands.carries() {
                    event.prevent_default();
                }
            }
            on:focus=move |event| {
                let by_keyboard = by_keyboard(&event);
                app.dispatch(Event::NoteFocused { note: id, by_keyboard });
            }
            on:contextmenu=move |event| event.prevent_default()
            on:keydown=move |event| key(app, id, surface, hands, &event)
        >
            {move || if editing.get() {
                editor(app, id).into_any()
            } else {
                paper(app, id, words).into_any()
            }}
            <Show when=move || is(|face| face.takes)>
                <span class="note-drop" data-testid="note-drop" aria-hidden="true">{move || app.words().drop_under}</span>
            </Show>
            <div class="note-foot">
                {move || face.with(|face| face.as_ref().and_then(|it| it.origin.clone())).map(mark)}
                {move || tag.get().map(|tag| view! {
                    <span class="note-tag" data-testid="note-tag">{(app.words().tag)(tag)}</span>
                })}
                {move || heads.get().map(|(count, _)| view! {
                    <span class="note-count" data-testid="note-count">{(app.words().note_count)(count)}</span>
                })}
                {move || writer.get().map(|name| {
                    let all = app.words();
                    let name = if name.is_empty() { all.nameless.to_owned() } else { name };
                    view! { <span class="writing-mark">{(all.writes)(&name)}</span> }
                })}
                <Show when=move || is(|face| face.unshared)>
                    <span class="note-unshared" role="img" aria-label=move || app.words().not_shared title=move || app.words().not_shared>
                        {icon(Icon::CloudOff)}
                    </span>
                </Show>
            </div>
            {app.peek_board(|board| board.past.is_some() && board.standing.lets_write(board.role)).then(|| view! {
                <button
                    type="button"
                    class="button-icon note-more"
                    data-testid="bring-back"
                    aria-label=move || app.words().bring_back
                    title=move || app.words().bring_back
                    on:click=move |_| app.dispatch(Event::BroughtBack(id))
                >
                    {icon(Icon::Restore)}
                </button>
            })}
            <Show when=move || is(|face| face.picked)>
                <span class="note-pick" aria-hidden="true">{icon(Icon::Check)}</span>
            </Show>
            {app.peek_board(|board| board.writes()).then(|| view! {
                <button
                    type="button"
                    class="button-icon note-more"
                    data-testid="note-menu"
                    aria-label=move || app.words().note_menu
                    aria-haspopup="dialog"
                    on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Note(id))))
                >
                    {icon(Icon::More)}
                </button>
            })}
        </div>
    }
}

/// Whether the focus came by the keyboard: a note that is pressed is in sight already, and must not move.
fn by_keyboard(event: &FocusEvent) -> bool {
    event_target::<web_sys::Element>(event)
        .matches(":focus-visible")
        .unwrap_or_default()
}

/// The words of a note that nobody here is writing in.
fn paper(app: App, id: NoteId, words: Memo<String>) -> impl IntoView {
    view! {
        <div class="note-text" data-testid="note-text" data-hit=move || hit(app, TextField::NoteText(id)) data-text=move || words.get()>
            {move || words.get()}
            <Show when=move || words.with(|words| words.trim().is_empty())>
                <span class="note-hint">{move || app.words().empty_note}</span>
            </Show>
            {carets(app, TextField::NoteText(id))}
        </div>
    }
}

/// The field for who writes in a note here.
pub(super) fn editor(app: App, id: NoteId) -> impl IntoView {
    let leave = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            focus_note(id);
        }
    };
    view! {
        <div class="note-editing-text" on:focusout=move |_| app.dispatch(Event::NoteClosed(id)) on:keydown=leave>
            {writing(app, Writing {
                field: TextField::NoteText(id),
                testid: "note-text",
                editor: "note-editor",
                class: "note-text",
                lines: Lines::Many,
                label: |words| words.note_hint.to_owned(),
                hint: |words| words.note_hint,
            })}
        </div>
    }
}

fn transform(face: &Face, surface: Surface) -> String {
    let tilt = if face.carried.is_some() {
        " rotate(1.2deg)"
    } else {
        ""
    };
    match (surface, face.carried) {
        (Surface::Wall, _) => format!("translate({}px, {}px){tilt}", face.at.x, face.at.y),
        (Surface::Flow, Some((dx, dy))) => format!("translate({dx}px, {dy}px){tilt}"),
        (Surface::Flow, None) => String::new(),
    }
}

/// What a note is in its scenario; nothing outside of one.
fn tag_of(note: &Note) -> Option<Tag> {
    note.tag.filter(|_| note.quadrant.is_some())
}

/// A heading's words on one line, as long as they can be said in passing.
pub(super) fn title(app: App, heading: NoteId) -> String {
    let field = TextField::NoteText(heading);
    let words = app.board(Part::Text(field), |board| board.shown(field).0);
    brief(app.words(), &words)
}

/// A note's words on one line, cut where they are long.
pub(super) fn brief(words: &Words, text: &str) -> String {
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
        None if text.is_empty() => words.empty_note.to_owned(),
        None => text,
    }
}

/// A note for who cannot see it: its colour, its words, where it is, and whether others have it yet.
fn said(words: &Words, face: &Face, text: &str, heading: Option<&str>, surface: Surface) -> String {
    let colour = (words.colour_name)(face.note.colour);
    let text = if text.trim().is_empty() {
        words.empty_note
    } else {
        text
    };
    let place = match (surface, heading) {
        (_, Some(heading)) => (words.under)(heading),
        (Surface::Wall, None) => (words.wall_place)(face.at.x, face.at.y),
        (Surface::Flow, None) => quadrant_said(words, face.note.quadrant).to_owned(),
    };
    let mut said = (words.note_label)(colour, text, &place);
    if let Some(origin) = &face.origin {
        said = format!("{said}. {}", (words.groups.from)(&origin.name));
    }
    if let Some((count, _)) = face.heads {
        said = format!("{said}. {}", (words.heads)(count));
    }
    if let Some(tag) = tag_of(&face.note) {
        said = format!("{said}. {}", (words.tag)(tag));
    }
    if face.picked {
        said = format!("{said}. {}", words.picked);
    }
    if face.unshared {
        said = format!("{said}. {}", words.not_shared);
    }
    said
}

fn quadrant_said(words: &Words, quadrant: Option<QuadrantPlace>) -> &'static str {
    quadrant.map_or(words.forces, |place| (words.quadrant_place)(place))
}

fn key(app: App, id: NoteId, surface: Surface, hands: NoteHands, event: &KeyboardEvent) {
    if event.target() != event.current_target() {
        return;
    }
    let nudge = |direction| Event::NoteNudged {
        note: id,
        direction,
        stride: if event.shift_key() {
            Stride::Leap
        } else {
            Stride::Step
        },
    };
    let on_wall = surface == Surface::Wall;
    let wanted = match event.key().as_str() {
        "ArrowLeft" if on_wall => nudge(Direction::Left),
        "ArrowRight" if on_wall => nudge(Direction::Right),
        "ArrowUp" if on_wall => nudge(Direction::Up),
        "ArrowDown" if on_wall => nudge(Direction::Down),
        "Enter" | "F2" => Event::NoteOpened(id),
        " " => Event::NotePicked(id),
        // The focus goes on to the note beside it, which a key that is held down must not hit.
        "Delete" | "Backspace" if event.repeat() => return,
        "Delete" | "Backspace" => match app.peek_board(|board| board.with(id)) {
            many if many.len() > 1 => Event::NotesRemoved(many),
            _ => Event::Removed(RecordId::Note(id)),
        },
        "m" | "M" | "ContextMenu" => Event::Dialog(Some(Dialog::Note(id))),
        "Escape" if hands.carries() => {
            hands.cancelled();
            return;
        }
        _ => return,
    };
    event.prevent_default();
    app.dispatch(wanted);
}
