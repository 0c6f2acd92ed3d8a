//! Where a wall is looked at from: pan and zoom as plain numbers.

use samsyn_shared::records::Position;
use samsyn_shared::wall::{Area, position};

/// A point on the screen, from the upper left corner of the wall's window, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Rightward.
    pub x: f64,
    /// Downward.
    pub y: f64,
}

/// The size of the wall's window in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where the wall's zero lies in the window, and how large the wall is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Rightward from the window's corner, in CSS pixels.
    pub x: f64,
    /// Downward.
    pub y: f64,
    /// 1 is 100 %.
    pub scale: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            x: Self::MARGIN,
            y: Self::MARGIN,
            scale: 1.0,
        }
    }
}

impl Camera {
    /// The smallest scale.
    pub const SMALLEST: f64 = 0.2;
    /// The largest scale.
    pub const LARGEST: f64 = 3.0;
    /// What stays free around the notes, in CSS pixels.
    pub const MARGIN: f64 = 28.0;
    /// What the buttons at the foot of the wall cover, in CSS pixels.
    pub const FOOT: f64 = 80.0;
    /// The smallest scale that text can be read at, so that opening a board never goes below it.
    pub const READABLE: f64 = 0.85;

    /// Pushed by so many pixels.
    #[must_use]
    pub fn panned(self, dx: f64, dy: f64) -> Self {
        Self {
            x: self.x + dx,
            y: self.y + dy,
            ..self
        }
    }

    /// Zoomed, while what lies under `around` stays there.
    #[must_use]
    pub fn zoomed(self, factor: f64, around: Place) -> Self {
        let scale = (self.scale * factor).clamp(Self::SMALLEST, Self::LARGEST);
        let ratio = scale / self.scale;
        Self {
            x: around.x - (around.x - self.x) * ratio,
            y: around.y - (around.y - self.y) * ratio,
            scale,
        }
    }

    /// What lay in the middle of the window `before` lies in the middle of the window `now`.
    #[must_use]
    pub fn resized(self, before: Size, now: Size) -> Self {
        self.panned(
            (now.width - before.width) / 2.0,
            (now.height - before.height) / 2.0,
        )
    }

    /// Shows the whole area above the buttons at the foot, but not smaller than `smallest` and never above 100 %;
    /// what is too large is shown from its upper left corner.
    #[must_use]
    pub fn fitted(area: Area, window: Size, smallest: f64) -> Self {
        let window = Size {
            height: window.height - Self::FOOT,
            ..window
        };
        let free = |length: f64| (length - 2.0 * Self::MARGIN).max(1.0);
        let width = (area.right - area.left).max(1.0);
        let height = (area.bottom - area.top).max(1.0);
        let whole = (free(window.width) / width).min(free(window.height) / height);
        let scale = whole.clamp(smallest, 1.0);
        let start = |length: f64, extent: f64| ((length - extent * scale) / 2.0).max(Self::MARGIN);
        Self {
            x: start(window.width, width) - area.left * scale,
            y: start(window.height, height) - area.top * scale,
            scale,
        }
    }

    /// Pushed no further than it takes to see the area, or its upper left corner where it is too large.
    #[must_use]
    pub fn revealing(self, area: Area, window: Size) -> Self {
        let push = |at: f64, start: f64, end: f64, length: f64| {
            let (start, end) = (at + start * self.scale, at + end * self.scale);
            let over = (end - (length - Self::MARGIN)).max(0.0);
            let under = (Self::MARGIN - (start - over)).max(0.0);
            under - over
        };
        let dx = push(self.x, area.left, area.right, window.width);
        let dy = push(self.y, area.top, area.bottom, window.height - Self::FOOT);
        self.panned(dx, dy)
    }

    /// What of the wall is seen, without what the buttons at its foot cover.
    #[must_use]
    pub fn seen(self, window: Size) -> Area {
        let wall = |at: f64, from: f64| (from - at) / self.scale;
        Area {
            left: wall(self.x, Self::MARGIN),
            top: wall(self.y, Self::MARGIN),
            right: wall(self.x, window.width - Self::MARGIN),
            bottom: wall(self.y, window.height - Self::FOOT - Self::MARGIN),
        }
    }

    /// The point of the wall under a place on the screen.
    #[must_use]
    pub fn wall(self, place: Place) -> Position {
        position(
            (place.x - self.x) / self.scale,
            (place.y - self.y) / self.scale,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Size = Size {
        width: 1000.0,
        height: 600.0,
    };

    #[test]
    fn what_lies_under_the_fingers_stays_there_while_zooming() {
        let fingers = Place { x: 300.0, y: 200.0 };
        let before = Camera::default().panned(-40.0, 15.0);
        let after = before.zoomed(1.7, fingers);
        assert_eq!(before.wall(fingers), after.wall(fingers));
        assert!(after.scale > before.scale);
    }

    #[test]
    fn a_note_out_of_sight_is_brought_in_and_one_in_sight_does_not_move() {
        let note = |left: f64, top: f64| Area {
            left,
            top,
            right: left + 200.0,
            bottom: top + 136.0,
        };
        let camera = Camera::default();
        assert_eq!(camera.revealing(note(100.0, 100.0), WINDOW), camera);
        for far in [note(3000.0, 100.0), note(-900.0, 4000.0)] {
            let seen = camera.revealing(far, WINDOW).seen(WINDOW);
            assert!(seen.left <= far.left && far.right <= seen.right);
            assert!(seen.top <= far.top && far.bottom <= seen.bottom);
        }
    }

    #[test]
    fn zoom_has_its_limits() {
        let middle = Place { x: 500.0, y: 300.0 };
        assert_eq!(Camera::default().zoomed(1e9, middle).scale, Camera::LARGEST);
        assert_eq!(
            Camera::default().zoomed(0.0, middle).scale,
            Camera::SMALLEST
        );
    }

    #[test]
    fn a_large_wall_opens_readable_at_its_upper_left_corner() {
        let area = Area {
            left: -500.0,
            top: -300.0,
            right: 9000.0,
            bottom: 9000.0,
        };
        let camera = Camera::fitted(area, WINDOW, Camera::READABLE);
        assert_eq!(camera.scale, Camera::READABLE);
        let corner = camera.wall(Place {
            x: Camera::MARGIN,
            y: Camera::MARGIN,
        });
        assert_eq!(corner, Position { x: -500, y: -300 });
    }

    #[test]
    fn a_fitted_wall_lies_above_the_buttons_at_its_foot() {
        let area = Area {
            left: 0.0,
            top: 0.0,
            right: 300.0,
            bottom: 2000.0,
        };
        let camera = Camera::fitted(area, WINDOW, Camera::SMALLEST);
        assert!(camera.y + area.bottom * camera.scale <= WINDOW.height - Camera::FOOT);
        assert!(camera.y >= Camera::MARGIN);
    }

    #[test]
    fn the_middle_of_a_window_stays_in_the_middle_when_it_is_turned() {
        let turned = Size {
            width: WINDOW.height,
            height: WINDOW.width,
        };
        let middle = |window: Size| Place {
            x: window.width / 2.0,
            y: window.height / 2.0,
        };
        let before = Camera::default().panned(-140.0, 15.0);
        let after = before.resized(WINDOW, turned);
        assert_eq!(before.wall(middle(WINDOW)), after.wall(middle(turned)));
    }

    #[test]
    fn a_small_wall_is_shown_whole_and_not_blown_up() {
        let area = Area {
            left: 0.0,
            top: 0.0,
            right: 400.0,
            bottom: 200.0,
        };
        let camera = Camera::fitted(area, WINDOW, Camera::READABLE);
        assert_eq!(camera.scale, 1.0);
        assert_eq!((camera.x, camera.y), (300.0, 160.0));
    }
}
