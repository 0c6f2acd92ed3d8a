//! Carets of others in a text, drawn over it: the same words, unseen, with a mark where each of them writes.

use leptos::prelude::*;
use samsyn_shared::board::TextField;

use super::app::App;
use crate::core::effect::Part;
use crate::core::people::{self, Caret};

pub(super) fn carets(app: App, field: TextField) -> impl IntoView {
    let carets = Memo::new(move |_| {
        app.board(Part::Text(field), |board| {
            let carets = board.carets(field);
            let text = if carets.is_empty() {
                String::new()
            } else {
                board.shown(field).0
            };
            (text, carets)
        })
    });
    move || {
        carets.with(|(text, carets)| {
            (!carets.is_empty()).then(|| {
                let pieces = people::pieces(text, carets).into_iter();
                let marks = carets.iter().map(|it| Some(mark(it))).chain([None]);
                let drawn = pieces
                    .zip(marks)
                    .map(|(piece, mark)| view! { {piece}{mark} })
                    .collect_view();
                view! { <div class="carets" aria-hidden="true">{drawn}</div> }
            })
        })
    }
}

fn mark(caret: &Caret) -> impl IntoView + use<> {
    view! {
        <span
            class=format!("caret person-{}", caret.colour)
            data-name=caret.name.clone()
        ></span>
    }
}
