//! What is kept for the next visit. Where the browser keeps nothing, its own settings count.

use samsyn_shared::templates::Language;
use web_sys::{Storage, Window};

use crate::core::effect::Preference;
use crate::core::event::{Letters, Others, Theme};

const LANGUAGE: &str = "samsyn.language";
const THEME: &str = "samsyn.theme";
const STEPS: &str = "samsyn.steps";
const LETTERS: &str = "samsyn.letters";
const FOLLOWS: &str = "samsyn.follows";
const OTHERS: &str = "samsyn.others";

fn kept(window: &Window) -> Option<Storage> {
    window.local_storage().ok().flatten()
}

fn read(window: &Window, key: &str) -> Option<String> {
    kept(window)?.get_item(key).ok().flatten()
}

/// Keeps a preference.
pub fn remember(window: &Window, preference: Preference) {
    let (key, value) = match preference {
        Preference::Language(language) => (LANGUAGE, language.code()),
        Preference::Theme(theme) => (THEME, word(theme)),
        Preference::Letters(Letters::Commands) => (LETTERS, "commands"),
        Preference::Letters(Letters::Words) => (LETTERS, "words"),
        Preference::Others(Others::Shown) => (OTHERS, "shown"),
        Preference::Others(Others::Hidden) => (OTHERS, "hidden"),
    };
    if let Some(kept) = kept(window) {
        drop(kept.set_item(key, value));
    }
}

/// Keeps the steps of crosses.
pub fn keep_steps(window: &Window, steps: &str) {
    if let Some(kept) = kept(window) {
        drop(kept.set_item(STEPS, steps));
    }
}

/// Keeps the boards whose merged groups are followed.
pub fn keep_follows(window: &Window, follows: &str) {
    if let Some(kept) = kept(window) {
        drop(kept.set_item(FOLLOWS, follows));
    }
}

/// The kept boards whose merged groups are followed.
pub fn follows(window: &Window) -> String {
    read(window, FOLLOWS).unwrap_or_default()
}

/// The kept steps of crosses.
pub fn steps(window: &Window) -> String {
    read(window, STEPS).unwrap_or_default()
}

/// The kept language, else the first of the browser's that Samsyn speaks.
pub fn language(window: &Window) -> Language {
    let chosen = read(window, LANGUAGE).and_then(|code| Language::from_code(&code));
    chosen.unwrap_or_else(|| {
        let spoken = window.navigator().languages();
        let spoken = spoken.iter().filter_map(|tag| tag.as_string());
        spoken
            .filter_map(|tag| Language::from_code(&tag))
            .next()
            .unwrap_or_default()
    })
}

/// The kept theme.
pub fn theme(window: &Window) -> Theme {
    let kept = read(window, THEME);
    let themes = [Theme::Device, Theme::Light, Theme::Dark, Theme::Contrast];
    let found = themes
        .into_iter()
        .find(|theme| Some(word(*theme)) == kept.as_deref());
    found.unwrap_or_default()
}

/// Whether single letters are commands.
pub fn letters(window: &Window) -> Letters {
    match read(window, LETTERS).as_deref() {
        Some("words") => Letters::Words,
        Some(_) | None => Letters::Commands,
    }
}

/// Whether it is shown where others are writing.
pub fn others(window: &Window) -> Others {
    match read(window, OTHERS).as_deref() {
        Some("hidden") => Others::Hidden,
        Some(_) | None => Others::Shown,
    }
}

const fn word(theme: Theme) -> &'static str {
    match theme {
        Theme::Device => "auto",
        Theme::Light => "light",
        Theme::Dark => "dark",
        Theme::Contrast => "contrast",
    }
}
