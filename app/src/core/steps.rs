//! The steps in which a room works through a scenario cross, and the last one that was used in each section.

use std::collections::BTreeMap;

use samsyn_shared::ids::SectionId;

/// A step of a cross.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CrossStep {
    /// The burning question and its year.
    Question,
    /// The driving forces.
    Forces,
    /// Impact and uncertainty.
    Field,
    /// Two of the forces become axes.
    Axes,
    /// The cross itself.
    #[default]
    Scenarios,
    /// What each scenario would mean, what to do about it, and what would be seen first.
    Consequences,
    /// What to prepare whichever comes.
    Actions,
}

impl CrossStep {
    /// All of them, in their order.
    pub const ALL: [Self; 7] = [
        Self::Question,
        Self::Forces,
        Self::Field,
        Self::Axes,
        Self::Scenarios,
        Self::Consequences,
        Self::Actions,
    ];

    /// A word for it, in test ids and in what the device keeps.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Forces => "forces",
            Self::Field => "field",
            Self::Axes => "axes",
            Self::Scenarios => "scenarios",
            Self::Consequences => "consequences",
            Self::Actions => "actions",
        }
    }

    /// The step so many places on, or this one at the ends.
    #[must_use]
    pub fn beside(self, by: isize) -> Self {
        let at = Self::ALL.iter().position(|it| *it == self);
        let at = at.and_then(|at| at.checked_add_signed(by));
        at.and_then(|at| Self::ALL.get(at)).copied().unwrap_or(self)
    }
}

/// The step on the screen in each section where somebody has chosen one.
pub type Steps = BTreeMap<SectionId, CrossStep>;

/// As the device keeps it: `section:step`, with spaces between.
#[must_use]
pub fn written(steps: &Steps) -> String {
    let each = steps
        .iter()
        .map(|(id, step)| format!("{id}:{}", step.word()));
    each.collect::<Vec<_>>().join(" ")
}

/// Reads it back; what makes no sense is left out.
#[must_use]
pub fn read(kept: &str) -> Steps {
    let step = |word: &str| CrossStep::ALL.into_iter().find(|it| it.word() == word);
    let pairs = kept.split(' ').filter_map(|pair| {
        let (section, word) = pair.split_once(':')?;
        Some((section.parse().ok()?, step(word)?))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_steps_are_kept_and_nonsense_is_not() {
        let section = SectionId([3; 16]);
        let steps = Steps::from([(section, CrossStep::Axes)]);
        assert_eq!(read(&written(&steps)), steps);
        let damaged = format!("x:axes {section}:nothing : {} {section}", written(&steps));
        assert_eq!(read(&damaged), steps);
        assert_eq!(read(""), Steps::new());
    }

    #[test]
    fn the_arrows_stop_at_the_ends() {
        assert_eq!(CrossStep::Question.beside(-1), CrossStep::Question);
        assert_eq!(CrossStep::Question.beside(1), CrossStep::Forces);
        assert_eq!(CrossStep::Actions.beside(1), CrossStep::Actions);
    }
}
