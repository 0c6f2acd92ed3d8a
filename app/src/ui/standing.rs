//! How the facilitator has left the board: a banner that says so, what came too late, and the question before the end.

use leptos::prelude::*;
use samsyn_shared::seal::Role;

use super::app::App;
use super::dialog::{First, Shape, dialog};
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::Event;
use crate::core::messages::{ExportKind, FinishStep, LinkState, Phase, Standing};
use crate::core::words::Words;

/// Nothing on a board that is open to all.
pub(super) fn banner(app: App) -> impl IntoView {
    let standing = Memo::new(move |_| app.board(Part::Standing, |board| board.standing));
    let leads = app.peek_board(|board| board.role == Role::Facilitator);
    let shows = move || standing.get() != Standing::default();
    view! {
        <div class="standing-place" role="status" aria-live="polite">
            {move || shows().then(|| content(app, standing.get(), leads))}
        </div>
    }
}

fn content(app: App, standing: Standing, leads: bool) -> impl IntoView {
    let said = said(app.words(), standing, leads);
    let finished = standing.phase == Phase::Finished;
    let reopens = leads && matches!(standing.phase, Phase::Finished | Phase::Paused);
    let reopens = reopens && standing.finishing == FinishStep::No;
    view! {
        <section
            class="standing"
            data-testid="standing"
            data-phase=phase_word(standing.phase)
            data-late=standing.late.to_string()
            data-finishing=step_word(standing.finishing)
        >
            {icon(drawing(standing))}
            <div class="standing-words">
                <p class="standing-title">{said.title}</p>
                <p>{said.hint}</p>
                {(standing.late > 0).then(|| late(app, standing.late))}
            </div>
            <div class="standing-actions">
                {finished.then(|| view! {
                    <button
                        type="button"
                        class="button-plain"
                        data-testid="standing-archive"
                        on:click=move |_| app.dispatch(Event::ExportWanted(ExportKind::Archive))
                    >
                        {icon(Icon::Download)} {app.words().export_archive}
                    </button>
                })}
                {reopens.then(|| view! {
                    <button
                        type="button"
                        class="button-plain"
                        data-testid="standing-reopen"
                        on:click=move |_| app.dispatch(Event::ReopenWanted)
                    >
                        {if finished { app.words().reopen } else { app.words().resume }}
                    </button>
                })}
            </div>
        </section>
    }
}

fn late(app: App, count: u32) -> impl IntoView {
    view! {
        <div class="standing-late" data-testid="late">
            <p class="standing-title">{icon(Icon::Warning)} <span>{(app.words().late)(count)}</span></p>
            <p>{app.words().late_hint}</p>
            <button
                type="button"
                class="button-plain"
                data-testid="late-save"
                on:click=move |_| app.dispatch(Event::ExportWanted(ExportKind::BoardFile))
            >
                {icon(Icon::File)} {app.words().late_save}
            </button>
        </div>
    }
}

struct Said {
    title: &'static str,
    hint: &'static str,
}

const fn said(words: &Words, standing: Standing, leads: bool) -> Said {
    let (title, hint) = match (standing.finishing, standing.phase, leads) {
        (FinishStep::Settling, _, _) => (words.finishing, words.finishing_settling),
        (FinishStep::Sealing, _, _) => (words.finishing, words.finishing_sealing),
        (FinishStep::No, Phase::Open, _) => ("", ""),
        (FinishStep::No, Phase::Paused, true) => (words.paused, words.paused_leads),
        (FinishStep::No, Phase::Paused, false) => (words.paused, words.paused_hint),
        (FinishStep::No, Phase::Finished, _) => (words.finished, words.finished_hint),
        (FinishStep::No, Phase::Deleted, _) => (words.deleted, words.deleted_hint),
    };
    Said { title, hint }
}

const fn drawing(standing: Standing) -> Icon {
    match (standing.finishing, standing.phase) {
        (FinishStep::Settling | FinishStep::Sealing, _) | (_, Phase::Paused | Phase::Open) => {
            Icon::Clock
        }
        (FinishStep::No, Phase::Finished) => Icon::Lock,
        (FinishStep::No, Phase::Deleted) => Icon::Trash,
    }
}

const fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Open => "open",
        Phase::Paused => "paused",
        Phase::Finished => "finished",
        Phase::Deleted => "deleted",
    }
}

const fn step_word(step: FinishStep) -> &'static str {
    match step {
        FinishStep::No => "no",
        FinishStep::Settling => "settling",
        FinishStep::Sealing => "sealing",
    }
}

/// Asks before a board is finished, and says what that means.
pub(super) fn finish_dialog(app: App) -> impl IntoView {
    let save = move || {
        app.read(Part::Save, |model| {
            let board = model.board();
            board.map(|board| (board.save.unshared, board.save.link))
        })
    };
    let here = move || match save()? {
        (_, LinkState::Offline) => Some(app.words().finish_offline.to_owned()),
        (0, _) => None,
        (count, _) => Some((app.words().finish_unshared)(count)),
    };
    let content = view! {
        <div class="dialog-text">
            <p>{move || app.words().finish_text}</p>
            <p>{move || app.words().finish_late}</p>
            {move || here().map(|here| view! {
                <p class="limit" data-testid="finish-here">{icon(Icon::Warning)} <span>{here}</span></p>
            })}
        </div>
        <div class="dialog-actions">
            <button type="button" class="button-plain" data-testid="finish-cancel" on:click=move |_| app.dispatch(Event::Dialog(None))>
                {move || app.words().cancel}
            </button>
            <button type="button" class="button-main" data-testid="finish-confirm" on:click=move |_| app.dispatch(Event::FinishConfirmed)>
                {icon(Icon::Lock)} {move || app.words().finish_confirm}
            </button>
        </div>
    };
    dialog(
        app,
        "finish-dialog",
        Shape::Card,
        First::Heading,
        move || app.words().finish_title.to_owned(),
        content,
    )
}
