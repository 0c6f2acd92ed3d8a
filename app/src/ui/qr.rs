//! A link as a QR code: one SVG path, black on white in every theme, so that every camera reads it.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code; the standard asks for four.
const QUIET: usize = 4;

/// Draws the code; nothing if the text is too long for one, which no link is.
pub(super) fn qr(testid: &'static str, text: &str, label: String) -> Option<AnyView> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let size = code.width() + 2 * QUIET;
    let d = path(&code);
    Some(
        view! {
            <div class="qr" data-testid=testid>
                <svg viewBox=format!("0 0 {size} {size}") role="img" aria-label=label>
                    <rect width=size height=size fill="#ffffff" />
                    <path d=d fill="#000000" shape-rendering="crispEdges" />
                </svg>
            </div>
        }
        .into_any(),
    )
}

fn path(code: &QrCode) -> String {
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate();
    dark.filter(|(_, colour)| *colour == Color::Dark)
        .map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET))
        .collect()
}
