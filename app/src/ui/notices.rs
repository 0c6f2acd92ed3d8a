//! Messages to the person: what did not work and what to do, what was removed, what is new.

use leptos::prelude::*;
use samsyn_shared::board::undo::Way;
use samsyn_shared::records::RecordId;

use super::app::App;
use super::icons::{Icon, icon};
use crate::core::Event;
use crate::core::effect::Part;
use crate::core::messages::{ExportKind, Failure};
use crate::core::model::{Notice, NoticeKind};
use crate::core::words::Words;

/// Where messages stand while no dialog is open: what lies under one is not seen, and not heard either.
pub(super) fn region(app: App) -> impl IntoView {
    let open = move || app.read(Part::Dialog, |model| model.dialog.is_some());
    let all = move || app.read(Part::Notices, |model| model.notices.clone());
    shown(app, move || if open() { Vec::new() } else { all() })
}

/// What did not work, in the dialog that is open. The rest is said when it closes.
pub(super) fn failures(app: App) -> impl IntoView {
    shown(app, move || {
        let mut notices = app.read(Part::Notices, |model| model.notices.clone());
        notices.retain(|it| code(&it.kind).is_some());
        notices
    })
}

fn shown(app: App, notices: impl Fn() -> Vec<Notice> + Send + Sync + 'static) -> impl IntoView {
    view! {
        <section class="notices" role="status" aria-live="polite" aria-label=move || app.words().messages>
            <For each=notices key=|notice| notice.id let:notice>
                {message(app, notice)}
            </For>
        </section>
    }
}

/// What others have done, for who hears the screen. The same words once more get a space, or nothing would be said.
pub(super) fn news(app: App) -> impl IntoView {
    let said = move || {
        let (counts, times) = app.board(Part::News, |it| (it.news.said.clone(), it.news.times));
        let words = app.words();
        let said: Vec<String> = counts.into_iter().map(words.news).collect();
        let space = if times % 2 == 0 { "" } else { "\u{a0}" };
        said.join(", ") + space
    };
    view! { <p class="sr-only" role="status" aria-live="polite" data-testid="news">{said}</p> }
}

fn message(app: App, notice: Notice) -> impl IntoView {
    let id = notice.id;
    let kind = StoredValue::new(notice.kind);
    let code = kind.with_value(code);
    let failed = code.is_some();
    view! {
        <div class="notice" class:notice-failed=failed data-testid=if failed { "error" } else { "notice" } data-code=code>
            {icon(if failed { Icon::Warning } else { Icon::Check })}
            <p>{move || kind.with_value(|kind| said(app.words(), kind))}</p>
            {action(app, kind)}
            <button
                type="button"
                class="button-icon"
                data-testid="notice-close"
                aria-label=move || app.words().close
                on:click=move |_| app.dispatch(Event::NoticeClosed(id))
            >
                {icon(Icon::Close)}
            </button>
        </div>
    }
}

fn said(words: &Words, kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::Failure(failure) => (words.failure)(failure),
        NoticeKind::FileUnreadable => words.file_unreadable.to_owned(),
        NoticeKind::NotALink => words.not_a_link.to_owned(),
        NoticeKind::Removed(RecordId::Rule(_)) => words.removed_rule.to_owned(),
        NoticeKind::Removed(RecordId::Section(_) | RecordId::Cross(_)) => {
            words.removed_section.to_owned()
        }
        NoticeKind::Removed(RecordId::Note(_) | RecordId::Person(_)) => {
            words.removed_note.to_owned()
        }
        NoticeKind::Went(way, Some(about)) => (words.went)(*way, *about).to_owned(),
        NoticeKind::Went(_, None) => words.went_nowhere.to_owned(),
        NoticeKind::NotesRemoved(many) => (words.removed_notes)(*many),
        NoticeKind::Pasted(many) => (words.pasted)(*many),
        NoticeKind::Merged => words.groups.merged.to_owned(),
        NoticeKind::Called(groups) => (words.groups.called)(*groups),
        NoticeKind::TooMuch => words.too_much.to_owned(),
        NoticeKind::BroughtBack => words.brought_back.to_owned(),
        NoticeKind::Copied => words.copied.to_owned(),
        NoticeKind::CopyRefused => words.copy_refused.to_owned(),
        NoticeKind::Forgotten => words.forgotten.to_owned(),
        NoticeKind::UpdateReady => words.update_ready.to_owned(),
    }
}

/// A failure's name for tests and support; none for good news.
const fn code(kind: &NoticeKind) -> Option<&'static str> {
    match kind {
        NoticeKind::Failure(failure) => Some(failure_code(failure)),
        NoticeKind::FileUnreadable => Some("file-unreadable"),
        NoticeKind::NotALink => Some("not-a-link"),
        NoticeKind::CopyRefused => Some("copy-refused"),
        NoticeKind::TooMuch => Some("too-much"),
        NoticeKind::Removed(_)
        | NoticeKind::NotesRemoved(_)
        | NoticeKind::Pasted(_)
        | NoticeKind::Merged
        | NoticeKind::Called(_)
        | NoticeKind::Went(..)
        | NoticeKind::BroughtBack
        | NoticeKind::Copied
        | NoticeKind::Forgotten
        | NoticeKind::UpdateReady => None,
    }
}

const fn failure_code(failure: &Failure) -> &'static str {
    match failure {
        Failure::LinkDamaged => "link-damaged",
        Failure::LinkNewer => "link-newer",
        Failure::BoardUnknown => "board-unknown",
        Failure::SameBoard => "same-board",
        Failure::BoardOutOfReach => "board-out-of-reach",
        Failure::FileUnknown => "file-unknown",
        Failure::FileNewer { .. } => "file-newer",
        Failure::FileDamaged { .. } => "file-damaged",
        Failure::CommandRefused { .. } => "command-refused",
        Failure::ChangeHeld { .. } => "change-held",
        Failure::RelayRefused(_) => "relay-refused",
        Failure::RelayMisbehaved { .. } => "relay-misbehaved",
        Failure::BoardUnreadable(_) => "board-unreadable",
        Failure::Storage(_) => "storage",
        Failure::WorkerStopped => "worker-stopped",
    }
}

/// What can be done about it at once.
fn action(app: App, kind: StoredValue<NoticeKind>) -> AnyView {
    let button = move |testid: &'static str, word: fn(&Words) -> &'static str, event: Event| {
        let event = StoredValue::new(event);
        view! {
            <button
                type="button"
                class="button-quiet"
                data-testid=testid
                on:click=move |_| app.dispatch(event.get_value())
            >
                {move || word(app.words())}
            </button>
        }
        .into_any()
    };
    match kind.get_value() {
        NoticeKind::Removed(record) => button("undo", |words| words.undo, Event::Restored(record)),
        NoticeKind::NotesRemoved(_)
        | NoticeKind::Pasted(_)
        | NoticeKind::Merged
        | NoticeKind::BroughtBack => {
            button("undo", |words| words.undo, Event::StepWanted(Way::Back))
        }
        NoticeKind::Went(Way::Back, Some(_)) => button(
            "notice-redo",
            |words| words.step_again,
            Event::StepWanted(Way::Again),
        ),
        NoticeKind::UpdateReady => {
            button("update-now", |words| words.update_now, Event::UpdateWanted)
        }
        NoticeKind::Failure(Failure::WorkerStopped | Failure::BoardUnreadable(_)) => {
            button("reload", |words| words.reload, Event::ReloadWanted)
        }
        NoticeKind::Failure(Failure::Storage(_) | Failure::RelayRefused(_)) => button(
            "notice-export",
            |words| words.export_file,
            Event::ExportWanted(ExportKind::BoardFile),
        ),
        NoticeKind::Failure(
            Failure::LinkDamaged
            | Failure::LinkNewer
            | Failure::BoardUnknown
            | Failure::SameBoard
            | Failure::BoardOutOfReach
            | Failure::FileUnknown
            | Failure::FileNewer { .. }
            | Failure::FileDamaged { .. }
            | Failure::CommandRefused { .. }
            | Failure::ChangeHeld { .. }
            | Failure::RelayMisbehaved { .. },
        )
        | NoticeKind::Went(..)
        | NoticeKind::Called(_)
        | NoticeKind::TooMuch
        | NoticeKind::FileUnreadable
        | NoticeKind::NotALink
        | NoticeKind::Copied
        | NoticeKind::CopyRefused
        | NoticeKind::Forgotten => ().into_any(),
    }
}
