//! A scenario cross: the burning question, two axes with named poles, four quadrants.

use serde::{Deserialize, Serialize};

use super::Presence;
use crate::ids::{CrossId, NoteId, SectionId, TextId};
use crate::time::UnixMillis;

/// One of the four quadrants. The x axis runs low to high from left to right, the y axis from bottom to top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuadrantPlace {
    /// x low, y high.
    TopLeft,
    /// x high, y high.
    TopRight,
    /// x low, y low.
    BottomLeft,
    /// x high, y low.
    BottomRight,
}

impl QuadrantPlace {
    /// All four, in reading order.
    pub const ALL: [Self; 4] = [
        Self::TopLeft,
        Self::TopRight,
        Self::BottomLeft,
        Self::BottomRight,
    ];

    /// The word stored in the document and used on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TopLeft => "top_left",
            Self::TopRight => "top_right",
            Self::BottomLeft => "bottom_left",
            Self::BottomRight => "bottom_right",
        }
    }

    /// Reads `word` back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.word() == word)
    }
}

/// An axis of uncertainty with its two named poles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// What is uncertain.
    pub name: Option<TextId>,
    /// The left or lower pole.
    pub low: Option<TextId>,
    /// The right or upper pole.
    pub high: Option<TextId>,
    /// The driving force that it came from.
    pub force: Option<NoteId>,
}

/// One of the two axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AxisPlace {
    /// From left to right.
    X,
    /// From bottom to top.
    Y,
}

impl AxisPlace {
    /// Both.
    pub const ALL: [Self; 2] = [Self::X, Self::Y];

    /// The key in the document of the force that the axis came from.
    #[must_use]
    pub const fn force_key(self) -> &'static str {
        match self {
            Self::X => "x_force",
            Self::Y => "y_force",
        }
    }

    /// The field of its name.
    #[must_use]
    pub const fn name(self) -> CrossField {
        match self {
            Self::X => CrossField::XName,
            Self::Y => CrossField::YName,
        }
    }
}

/// One scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quadrant {
    /// Its name.
    pub name: Option<TextId>,
    /// Its story, written together.
    pub story: Option<TextId>,
}

/// A scenario cross; a section of kind `Cross` has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cross {
    /// Its id.
    pub id: CrossId,
    /// The section it is in.
    pub section: SectionId,
    /// The burning question.
    pub question: Option<TextId>,
    /// The year that the scenarios are set in.
    pub horizon: Option<i32>,
    /// The axis from left to right.
    pub x: Axis,
    /// The axis from bottom to top.
    pub y: Axis,
    /// The scenarios, in the order of `QuadrantPlace::ALL`.
    pub quadrants: [Quadrant; 4],
    /// When its device says that it was made.
    pub made: UnixMillis,
    /// On the board or in the trash.
    pub presence: Presence,
}

/// One text field of a cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CrossField {
    /// The burning question.
    Question,
    /// Name of the x axis.
    XName,
    /// Its left pole.
    XLow,
    /// Its right pole.
    XHigh,
    /// Name of the y axis.
    YName,
    /// Its lower pole.
    YLow,
    /// Its upper pole.
    YHigh,
    /// Name of a scenario.
    QuadrantName(QuadrantPlace),
    /// Story of a scenario.
    QuadrantStory(QuadrantPlace),
}

impl CrossField {
    /// All text fields, in reading order.
    pub const ALL: [Self; 15] = [
        Self::Question,
        Self::XName,
        Self::XLow,
        Self::XHigh,
        Self::YName,
        Self::YLow,
        Self::YHigh,
        Self::QuadrantName(QuadrantPlace::TopLeft),
        Self::QuadrantStory(QuadrantPlace::TopLeft),
        Self::QuadrantName(QuadrantPlace::TopRight),
        Self::QuadrantStory(QuadrantPlace::TopRight),
        Self::QuadrantName(QuadrantPlace::BottomLeft),
        Self::QuadrantStory(QuadrantPlace::BottomLeft),
        Self::QuadrantName(QuadrantPlace::BottomRight),
        Self::QuadrantStory(QuadrantPlace::BottomRight),
    ];

    /// The key of the field in the document.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::XName => "x_name",
            Self::XLow => "x_low",
            Self::XHigh => "x_high",
            Self::YName => "y_name",
            Self::YLow => "y_low",
            Self::YHigh => "y_high",
            Self::QuadrantName(QuadrantPlace::TopLeft) => "top_left_name",
            Self::QuadrantName(QuadrantPlace::TopRight) => "top_right_name",
            Self::QuadrantName(QuadrantPlace::BottomLeft) => "bottom_left_name",
            Self::QuadrantName(QuadrantPlace::BottomRight) => "bottom_right_name",
            Self::QuadrantStory(QuadrantPlace::TopLeft) => "top_left_story",
            Self::QuadrantStory(QuadrantPlace::TopRight) => "top_right_story",
            Self::QuadrantStory(QuadrantPlace::BottomLeft) => "bottom_left_story",
            Self::QuadrantStory(QuadrantPlace::BottomRight) => "bottom_right_story",
        }
    }
}

impl Cross {
    /// An axis.
    #[must_use]
    pub const fn axis(&self, axis: AxisPlace) -> &Axis {
        match axis {
            AxisPlace::X => &self.x,
            AxisPlace::Y => &self.y,
        }
    }

    /// The quadrant at `place`.
    #[must_use]
    pub const fn quadrant(&self, place: QuadrantPlace) -> &Quadrant {
        let [top_left, top_right, bottom_left, bottom_right] = &self.quadrants;
        match place {
            QuadrantPlace::TopLeft => top_left,
            QuadrantPlace::TopRight => top_right,
            QuadrantPlace::BottomLeft => bottom_left,
            QuadrantPlace::BottomRight => bottom_right,
        }
    }

    /// The text that `field` points at.
    #[must_use]
    pub const fn text(&self, field: CrossField) -> Option<TextId> {
        match field {
            CrossField::Question => self.question,
            CrossField::XName => self.x.name,
            CrossField::XLow => self.x.low,
            CrossField::XHigh => self.x.high,
            CrossField::YName => self.y.name,
            CrossField::YLow => self.y.low,
            CrossField::YHigh => self.y.high,
            CrossField::QuadrantName(place) => self.quadrant(place).name,
            CrossField::QuadrantStory(place) => self.quadrant(place).story,
        }
    }
}
