//! The board's links: as text to copy and as QR codes for the room.

use leptos::prelude::*;

use super::app::App;
use super::dialog::{self, First, Shape};
use super::icons::{Icon, icon};
use super::qr::qr;
use crate::core::effect::Part;
use crate::core::event::{Event, LinkKind};
use crate::core::model::{Dialog, Model};
use crate::core::words::Words;

/// One link and its words.
#[derive(Clone, Copy)]
struct Invitation {
    kind: LinkKind,
    testid: &'static str,
    qr: &'static str,
    title: fn(&Words) -> &'static str,
    hint: fn(&Words) -> &'static str,
}

const PARTICIPANT: Invitation = Invitation {
    kind: LinkKind::Participant,
    testid: "participant-link",
    qr: "participant-qr",
    title: |words| words.share_participant,
    hint: |words| words.share_participant_hint,
};
const OBSERVER: Invitation = Invitation {
    kind: LinkKind::Observer,
    testid: "observer-link",
    qr: "observer-qr",
    title: |words| words.share_observer,
    hint: |words| words.share_observer_hint,
};
const FACILITATOR: Invitation = Invitation {
    kind: LinkKind::Facilitator,
    testid: "facilitator-link",
    qr: "facilitator-qr",
    title: |words| words.share_facilitator,
    hint: |words| words.share_facilitator_warning,
};

pub(super) fn dialog(app: App) -> impl IntoView {
    let content = view! {
        <div class="share">
            <div class="share-open">
                {invitation(app, PARTICIPANT)}
                {invitation(app, OBSERVER)}
            </div>
            {facilitator(app)}
            <p class="hint share-secret">{icon(Icon::Lock)} <span>{move || app.words().share_secret}</span></p>
        </div>
    };
    dialog::dialog(
        app,
        "share-dialog",
        Shape::Wide,
        First::Heading,
        move || app.words().share_title.to_owned(),
        content,
    )
}

/// A link for a whole room: its code as large as the screen, and what to do with it. Never the facilitators'.
pub(super) fn projected(app: App, kind: LinkKind) -> impl IntoView {
    let join: fn(&Words) -> &'static str = match kind {
        LinkKind::Participant => |words| words.share_join,
        LinkKind::Observer | LinkKind::Facilitator => |words| words.share_read,
    };
    let shown = match kind {
        LinkKind::Participant => PARTICIPANT,
        LinkKind::Observer | LinkKind::Facilitator => OBSERVER,
    };
    let link = app
        .peek(|model| link(model, shown.kind))
        .unwrap_or_default();
    let words = app.words();
    let code = qr(
        "projected-qr",
        &link,
        (words.qr_label)((shown.title)(words)),
    );
    let content = view! {
        <div class="projected">
            {code}
            <p class="projected-words">{move || join(app.words())}</p>
        </div>
    };
    dialog::dialog(
        app,
        "projected",
        Shape::Whole,
        First::Heading,
        move || app.board(Part::Title, |board| board.title.clone()),
        content,
    )
}

fn link(model: &Model, kind: LinkKind) -> Option<String> {
    let links = &model.board()?.links;
    let code = match kind {
        LinkKind::Participant => links.participant.as_ref(),
        LinkKind::Observer => links.observer.as_ref(),
        LinkKind::Facilitator => links.facilitator.as_ref(),
    }?;
    Some(model.link(code))
}

fn invitation(app: App, it: Invitation) -> Option<AnyView> {
    let link = app.peek(|model| link(model, it.kind))?;
    let words = app.words();
    let label = (words.qr_label)((it.title)(words));
    let code = qr(it.qr, &link, label);
    let heading = format!("{}-heading", it.testid);
    let named_by = heading.clone();
    Some(
        view! {
            <section class="invitation" aria-labelledby=named_by>
                {code}
                <div class="invitation-words">
                    <h3 id=heading>{move || (it.title)(app.words())}</h3>
                    <p class="hint">{move || (it.hint)(app.words())}</p>
                    <div class="field-line">
                        <input
                            type="text"
                            readonly=true
                            class="link"
                            data-testid=it.testid
                            aria-label=move || (it.title)(app.words())
                            value=link
                            on:focus=marked
                        />
                        <button
                            type="button"
                            class="button-plain"
                            data-testid=format!("{}-copy", it.testid)
                            on:click=move |_| app.dispatch(Event::LinkCopied(it.kind))
                        >
                            {icon(Icon::Copy)} {move || app.words().copy}
                        </button>
                        {(it.kind != LinkKind::Facilitator).then(|| view! {
                            <button
                                type="button"
                                class="button-plain"
                                data-testid=format!("{}-large", it.testid)
                                on:click=move |_| app.dispatch(Event::Dialog(Some(Dialog::Projected(it.kind))))
                            >
                                {icon(Icon::Expand)} {move || app.words().share_large}
                            </button>
                        })}
                    </div>
                </div>
            </section>
        }
        .into_any(),
    )
}

/// A link is marked as a whole when the focus comes, so that it can be copied by hand.
fn marked(event: leptos::ev::FocusEvent) {
    event_target::<web_sys::HtmlInputElement>(&event).select();
}

/// Folded, so that it is never on the wall by mistake.
fn facilitator(app: App) -> Option<AnyView> {
    let shown = invitation(app, FACILITATOR)?;
    Some(
        view! {
            <details class="share-facilitator">
                <summary data-testid="facilitator-show">
                    {icon(Icon::Warning)} {move || app.words().share_facilitator_show}
                </summary>
                {shown}
            </details>
        }
        .into_any(),
    )
}
