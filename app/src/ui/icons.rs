//! The drawings: one stroke, one size, the colour of the text beside them.

use leptos::prelude::*;

/// A drawing of 24 by 24 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    Plus,
    Minus,
    Close,
    Menu,
    People,
    Invite,
    Check,
    CheckAll,
    Cloud,
    CloudOff,
    Warning,
    Clock,
    Pencil,
    Trash,
    Back,
    Up,
    Down,
    Grip,
    Fit,
    Expand,
    Shrink,
    List,
    Download,
    File,
    Heart,
    More,
    Copy,
    Person,
    Home,
    Lock,
    Printer,
    Restore,
    Undo,
    Redo,
    Pick,
    Palette,
    Grid,
    Text,
    Search,
    Keyboard,
    Device,
    Access,
    Play,
    Stop,
    Merge,
    Stack,
    Scan,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Merge => "M5 4v3c0 4 7 4 7 9v4M19 4v3c0 4-7 4-7 9M9 17l3 3 3-3",
            Self::Stack => "M4 4h16v5H4zM7 12.500h10M7 16.250h10M7 20h10",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Minus => "M5 12h14",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Menu => "M4 7h16M4 12h16M4 17h16",
            Self::People => {
                "M9 11a3.2 3.2 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM3 19c.4-3.400 2.800-5 6-5s5.600 1.600 6 5M16 5.200a3 3 0 0 1 0 5.600M17.500 14.300c2 .6 3.200 2.200 3.500 4.700"
            }
            Self::Invite => {
                "M10 11a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM4 19c.4-3.400 2.800-5 6-5 1.500 0 2.800.35 3.800 1M18 13v6M15 16h6"
            }
            Self::Check => "M5 12.500l4.500 4.500L19 7.500",
            Self::CheckAll => "M2.500 12.800l4 4L15 8M11 15.500l1.500 1.300L21.500 8",
            Self::Cloud => {
                "M7 18h10a4 4 0 0 0 .6-7.950A6 6 0 0 0 6.100 9.600 4.250 4.250 0 0 0 7 18z"
            }
            Self::CloudOff => {
                "M8.500 6.300A6 6 0 0 1 17.600 10a4 4 0 0 1 2.600 6.400M16 18H7a4.250 4.250 0 0 1-.9-8.400M4 4l16 16"
            }
            Self::Warning => "M12 4.500L21 19.500H3zM12 10v4.500M12 17v.2",
            Self::Clock => "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4.300l2.800 1.700",
            Self::Pencil => "M5 19l1-4L16 5l3 3L9 18zM14 7l3 3",
            Self::Trash => {
                "M5 7h14M10 7V5h4v2M7 7l.8 12h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500"
            }
            Self::Back => "M19 12H5M11 6l-6 6 6 6",
            Self::Up => "M6 14.500l6-6 6 6",
            Self::Down => "M6 9.500l6 6 6-6",
            Self::Grip => "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
            Self::Fit => "M4 9V5h4M20 9V5h-4M4 15v4h4M20 15v4h-4",
            Self::Expand => "M14 5h5v5M10 19H5v-5M19 5l-6 6M5 19l6-6",
            Self::Shrink => "M19 10h-5V5M5 14h5v5M14 10l5-5M10 14l-5 5",
            Self::List => "M9 6h11M9 12h11M9 18h11M4.500 6v.1M4.500 12v.1M4.500 18v.1",
            Self::Download => "M12 4v11M7 11l5 5 5-5M5 20h14",
            Self::File => "M7 3.500h7l4 4V20.500H7zM14 3.500V8h4",
            Self::Heart => {
                "M12 19.500C5.500 15 4 12 4 9.300 4 7 5.700 5.300 7.900 5.300c1.700 0 3.200.9 4.100 2.500.9-1.600 2.400-2.500 4.100-2.500C18.300 5.300 20 7 20 9.300c0 2.700-1.500 5.700-8 10.200z"
            }
            Self::More => "M5.500 12h.01M12 12h.01M18.500 12h.01",
            Self::Copy => "M9 9h10v11H9zM15 9V4H5v11h4",
            Self::Person => {
                "M12 12a3.600 3.600 0 1 0 0-7.200 3.600 3.600 0 0 0 0 7.200zM5 20c.5-3.800 3.300-5.600 7-5.600s6.500 1.800 7 5.600"
            }
            Self::Home => "M4 11l8-6.500 8 6.500M6.500 9.500V19h11V9.500",
            Self::Lock => "M6.500 11h11v8.500h-11zM9 11V8a3 3 0 0 1 6 0v3",
            Self::Printer => "M7 8V4h10v4M7 17H4V9h16v8h-3M7 14h10v6H7z",
            Self::Pick => {
                "M4 8V4h4M12 4h2M4 12v2M4 18v2h2M10 12l10 3.500-4.500 1.700L13.500 21.500z"
            }
            Self::Palette => {
                "M12 4a8 8 0 1 0 0 16c1.200 0 1.800-.8 1.800-1.700 0-1.500-1-1.600-1-2.600 0-.8.7-1.200 1.600-1.200H16c2.500 0 4-1.500 4-3.500C20 7 16.500 4 12 4zM8 10.500h.01M11 7.800h.01M15 8.500h.01M7.500 14.500h.01"
            }
            Self::Grid => {
                "M4.500 4.500h6v6h-6zM13.500 4.500h6v6h-6zM4.500 13.500h6v6h-6zM13.500 13.500h6v6h-6z"
            }
            Self::Text => "M9 5h10v10M5 9h10v10H5zM7.500 12.500h5M7.500 15.500h3.500",
            Self::Search => {
                "M11 17.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM16 16l4.500 4.500"
            }
            Self::Keyboard => {
                "M3.500 7h17v10h-17zM7 10.500h.01M10.500 10.500h.01M14 10.500h.01M17.500 10.500h.01M8 14h8"
            }
            Self::Device => "M6.500 4h11v16h-11zM11 17.500h2",
            Self::Access => {
                "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500h.01M8 10.500l4 .8 4-.8M12 11.300v2.700l-2 3.500M12 14l2 3.500"
            }
            Self::Play => "M8 5.500l10 6.500-10 6.500z",
            Self::Stop => "M8 6v12M16 6v12",
            Self::Scan => {
                "M4 8V4h4M20 8V4h-4M4 16v4h4M20 16v4h-4M8.500 8.500h2.500v2.500H8.500zM13.500 13.500h2v2h-2zM13.500 8.500h2M8.500 13.500v2"
            }
            Self::Undo => "M8.500 5L4 9.500 8.500 14M4 9.500h10a5 5 0 0 1 0 10h-3.500",
            Self::Redo => "M15.500 5L20 9.500 15.500 14M20 9.500H10a5 5 0 0 0 0 10h3.500",
            Self::Restore => "M5 5v5h5M5.500 10A7.500 7.500 0 1 1 5 14.500",
        }
    }
}

/// Draws an icon; it says nothing by itself to who cannot see it.
pub(super) fn icon(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=icon.path() />
        </svg>
    }
}

/// The product's mark: three notes that overlap into one view.
pub(super) fn mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
            <rect class="mark-a" x="5" y="14" width="21" height="21" rx="2" transform="rotate(-8 15 24)" />
            <rect class="mark-b" x="21" y="12" width="21" height="21" rx="2" transform="rotate(7 31 22)" />
            <path class="mark-c" d="M21.500 22.500l5 .6-.6 9-5.200.7z" />
        </svg>
    }
}
