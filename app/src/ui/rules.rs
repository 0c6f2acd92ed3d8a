//! Ground rules: a list that reads like a poster.

use leptos::prelude::*;
use samsyn_shared::ids::{RuleId, SectionId};
use samsyn_shared::records::RuleStatus;

use super::app::App;
use super::board::section_title;
use super::icons::{Icon, icon};
use super::rule::{Fold, rule};
use crate::core::effect::Part;
use crate::core::event::Event;
use crate::core::model::BoardModel;

pub(super) fn rules(app: App, section: SectionId) -> impl IntoView {
    let current = listed(app, section, |status| status != RuleStatus::Retired);
    let retired = listed(app, section, |status| status == RuleStatus::Retired);
    let kind = samsyn_shared::records::SectionKind::Rules;
    view! {
        <main class="page poster" data-testid="rules">
            <h2 class="page-title">{move || section_title(app, section, kind)}</h2>
            <p class="page-lead">{move || app.words().rules_lead}</p>
            <Show when=move || current.with(Vec::is_empty) && retired.with(Vec::is_empty)>
                <div class="empty">
                    <p class="empty-title">{move || app.words().rules_empty}</p>
                    <p>{move || app.words().rules_empty_hint}</p>
                </div>
            </Show>
            <ol class="rules">
                <For each=move || current.get() key=|id| *id let:id>{rule(app, id, Fold::Folded)}</For>
            </ol>
            {add(app, section, "button-main add-rule")}
            <Show when=move || !retired.with(Vec::is_empty)>
                <details class="retired">
                    <summary data-testid="retired-rules">
                        {move || {
                            let count = u32::try_from(retired.with(Vec::len)).unwrap_or(u32::MAX);
                            (app.words().retired_rules)(count)
                        }}
                    </summary>
                    <ol class="rules">
                        <For each=move || retired.get() key=|id| *id let:id>{rule(app, id, Fold::Folded)}</For>
                    </ol>
                </details>
            </Show>
        </main>
    }
}

/// A new rule, for who may write.
pub(super) fn add(app: App, section: SectionId, class: &'static str) -> impl IntoView {
    app.peek_board(|board| board.writes()).then(|| {
        view! {
            <button
                type="button"
                class=format!("{class} no-print")
                data-testid="add-rule"
                on:click=move |_| app.dispatch(Event::RuleWanted(section))
            >
                {icon(Icon::Plus)} <span>{move || app.words().add_rule}</span>
            </button>
        }
    })
}

fn listed(app: App, section: SectionId, wanted: fn(RuleStatus) -> bool) -> Memo<Vec<RuleId>> {
    let of = move |board: &BoardModel| {
        let rules = board.view.rules_of(section).into_iter();
        let rules = rules.filter(|rule| wanted(rule.status));
        rules.map(|rule| rule.id).collect::<Vec<_>>()
    };
    Memo::new(move |_| app.board(Part::Members(section), of))
}
