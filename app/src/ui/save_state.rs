//! The save state: a word and an icon that are always true, and the details behind them.

use leptos::prelude::*;

use super::app::App;
use super::dates;
use super::dialog::{self, First, Shape};
use super::icons::{Icon, icon};
use crate::core::effect::Part;
use crate::core::event::{Context, Event};
use crate::core::messages::{ExportKind, LinkState, Obstacle, SaveState, Storage};
use crate::core::model::Dialog;
use crate::core::words::Words;

/// How the save state is coloured, beside its word and icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Good,
    Waiting,
    Bad,
}

impl Tone {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
        }
    }
}

pub(super) fn state(app: App) -> impl IntoView {
    let state = Memo::new(move |_| app.read(Part::Save, |model| model.save()));
    let said = move || {
        state.with(|state| match state {
            Some(state) => said(app.words(), state),
            None => String::new(),
        })
    };
    let of = move |read: fn(&SaveState) -> String| state.with(|it| it.as_ref().map(read));
    let drawing = Memo::new(move |_| state.with(|it| it.as_ref().map_or(Icon::Check, drawing)));
    view! {
        <button
            type="button"
            class="save-state"
            data-testid="save-state"
            data-storage=move || of(|it| storage_word(&it.storage).to_owned())
            data-link=move || of(|it| link_word(it.link).to_owned())
            data-obstacle=move || of(|it| it.obstacle.map_or("none", obstacle_word).to_owned())
            data-unshared=move || of(|it| it.unshared.to_string())
            data-tone=move || of(|it| tone(it).word().to_owned())
            aria-haspopup="dialog"
            on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::SaveDetails)))
        >
            {move || icon(drawing.get())}
            <span class="save-words">{said}</span>
        </button>
        <span class="sr-only" role="status" aria-live="polite">{said}</span>
    }
}

const fn storage_word(storage: &Storage) -> &'static str {
    match storage {
        Storage::Saved => "saved",
        Storage::Saving => "saving",
        Storage::Impossible { .. } => "impossible",
    }
}

const fn link_word(link: LinkState) -> &'static str {
    match link {
        LinkState::Offline => "offline",
        LinkState::Connecting => "connecting",
        LinkState::Online => "online",
        LinkState::OtherTab => "other-tab",
    }
}

const fn obstacle_word(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::ServerFull => "server-full",
        Obstacle::ServerDisk => "server-disk",
        Obstacle::ServerStops => "server-stops",
        Obstacle::OtherVersion => "other-version",
        Obstacle::BoardFull => "board-full",
        Obstacle::ChangeTooLarge => "change-too-large",
        Obstacle::MayNotWrite => "may-not-write",
        Obstacle::Other(_) => "other",
    }
}

const fn is_refused(save: &SaveState) -> bool {
    matches!(save.obstacle, Some(it) if it.is_for_good())
}

const fn tone(save: &SaveState) -> Tone {
    match (&save.storage, save.link, save.unshared) {
        (Storage::Impossible { .. }, _, _) => Tone::Bad,
        _ if is_refused(save) => Tone::Bad,
        (_, LinkState::Offline, _) => Tone::Waiting,
        (_, LinkState::Online | LinkState::Connecting | LinkState::OtherTab, 0) => Tone::Good,
        (_, LinkState::Online | LinkState::Connecting | LinkState::OtherTab, _) => Tone::Waiting,
    }
}

const fn drawing(save: &SaveState) -> Icon {
    match (&save.storage, save.link, save.unshared) {
        (Storage::Impossible { .. }, _, _) => Icon::Warning,
        _ if is_refused(save) => Icon::Warning,
        (Storage::Saving, _, _) => Icon::Clock,
        (Storage::Saved, LinkState::Offline, _) => Icon::CloudOff,
        (Storage::Saved, LinkState::Online | LinkState::OtherTab, 0) => Icon::CheckAll,
        (Storage::Saved, LinkState::Online | LinkState::OtherTab, _) => Icon::Cloud,
        (Storage::Saved, LinkState::Connecting, _) => Icon::Check,
    }
}

/// The most important words on the screen.
fn said(words: &Words, save: &SaveState) -> String {
    match (&save.storage, save.link, save.unshared) {
        (Storage::Impossible { .. }, _, _) => words.save_impossible.to_owned(),
        _ if is_refused(save) => words.save_refused.to_owned(),
        (Storage::Saving, LinkState::Online | LinkState::Connecting | LinkState::OtherTab, _) => {
            words.saving.to_owned()
        }
        (_, LinkState::Offline, 0) if save.obstacle.is_some() => {
            words.server_waits_shared.to_owned()
        }
        (_, _, n @ 1..) if save.obstacle.is_some() => (words.server_waits_pending)(n),
        (_, LinkState::Offline, 0) => words.offline_shared.to_owned(),
        (_, LinkState::Offline, n) => (words.offline_pending)(n),
        (_, LinkState::Connecting, _) => words.connecting.to_owned(),
        (_, LinkState::Online | LinkState::OtherTab, 0) => words.shared.to_owned(),
        (_, LinkState::Online | LinkState::OtherTab, n) => (words.sharing)(n),
    }
}

/// What the words mean and what to do.
pub(super) fn dialog(app: App) -> impl IntoView {
    let lines = move || {
        let words = app.words();
        let now = app.read(Part::Clock, |model| model.now);
        let save = app.read(Part::Save, |model| model.save());
        let mut lines = save
            .map(|save| details(words, &save, now))
            .unwrap_or_default();
        let (since, space) = app.read(Part::Save, |model| {
            (
                model.board().and_then(|board| board.waiting_since),
                model.space,
            )
        });
        if let Some(since) = since {
            lines.push((
                Icon::Clock,
                (words.waiting_since)(&dates::said(words, since, now)),
            ));
        }
        if let Some(bytes) = space {
            lines.push((Icon::Device, (words.free_space)(&size(words, bytes))));
        }
        if app.read(Part::Settings, |model| model.context == Context::Plain) {
            lines.push((Icon::Warning, words.plain_http.to_owned()));
        }
        lines
    };
    let content = view! {
        <ul class="save-details" data-testid="save-details">
            {move || lines().into_iter().map(|(drawing, line)| view! {
                <li>{icon(drawing)} <span>{line}</span></li>
            }).collect_view()}
        </ul>
        <div class="dialog-actions">
            <button
                type="button"
                class="button-plain"
                data-testid="save-as-file"
                on:click=move |_| app.dispatch(Event::ExportWanted(ExportKind::BoardFile))
            >
                {icon(Icon::File)} {move || app.words().export_file}
            </button>
        </div>
    };
    dialog::dialog(
        app,
        "save-dialog",
        Shape::Card,
        First::Heading,
        move || app.words().save_title.to_owned(),
        content,
    )
}

/// A size as people say it: whole megabytes, or gigabytes with one decimal.
fn size(words: &Words, bytes: u64) -> String {
    let megabytes = bytes / 1_000_000;
    if megabytes < 1_000 {
        return format!("{megabytes} MB");
    }
    let (whole, tenth) = (megabytes / 1_000, megabytes % 1_000 / 100);
    format!("{whole}{}{tenth} GB", words.decimal)
}

fn details(
    words: &Words,
    save: &SaveState,
    now: samsyn_shared::time::UnixMillis,
) -> Vec<(Icon, String)> {
    let mut lines = Vec::new();
    match &save.storage {
        Storage::Saved => lines.push((Icon::Check, words.detail_device_yes.to_owned())),
        Storage::Saving => lines.push((Icon::Clock, words.detail_device_now.to_owned())),
        Storage::Impossible { why } => {
            lines.push((Icon::Warning, words.detail_device_no.to_owned()));
            lines.push((Icon::Warning, (words.storage_failure)(*why).to_owned()));
        }
    }
    if let Some(obstacle) = save.obstacle {
        lines.push((Icon::Warning, (words.obstacle)(obstacle)));
    }
    match (save.link, save.unshared) {
        (LinkState::Online | LinkState::OtherTab, 0) => {
            lines.push((Icon::CheckAll, words.detail_shared.to_owned()));
        }
        (_, 0) => {}
        (_, n) => lines.push((Icon::CloudOff, (words.only_here)(n))),
    }
    match save.link {
        LinkState::Offline if save.obstacle.is_none() => {
            lines.push((Icon::Cloud, words.detail_offline.to_owned()));
        }
        LinkState::OtherTab => lines.push((Icon::People, words.detail_other_tab.to_owned())),
        LinkState::Offline | LinkState::Online | LinkState::Connecting => {}
    }
    let shared = match save.last_shared {
        Some(at) => (words.last_shared)(&dates::said(words, at, now)),
        None => words.never_shared.to_owned(),
    };
    lines.push((Icon::Clock, shared));
    lines
}
