//! The document's language, theme and title.

use web_sys::Window;

use crate::core::event::Theme;
use crate::core::messages::Language;

/// Sets `lang` and `data-theme` of the document; as the device has it, there is no `data-theme`.
pub fn dress(window: &Window, language: Language, theme: Theme) {
    let Some(root) = window
        .document()
        .and_then(|document| document.document_element())
    else {
        return;
    };
    drop(root.set_attribute("lang", language.code()));
    drop(match theme {
        Theme::Device => root.remove_attribute("data-theme"),
        Theme::Light => root.set_attribute("data-theme", "light"),
        Theme::Dark => root.set_attribute("data-theme", "dark"),
        Theme::Contrast => root.set_attribute("data-theme", "contrast"),
    });
}

/// Sets the document's title.
pub fn heading(window: &Window, title: &str) {
    if let Some(document) = window.document() {
        document.set_title(title);
    }
}
