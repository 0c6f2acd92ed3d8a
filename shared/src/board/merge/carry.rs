//! What the next board starts with: copies of what a board has come to, and a mark that says which board that was.
//!
//! The next board is a board of its own, as a group's is. Nobody's name and nobody's support comes along: whoever meets
//! there has said nothing yet.

use std::collections::BTreeSet;

use rand_core::Rng;
use serde::{Deserialize, Serialize};

use super::Begun;
use super::group::Copying;
use crate::board::{Command, Record, View};
use crate::ids::{CrossId, NoteId, SectionId};
use crate::records::{RecordId, RuleStatus, Section, SectionKind};

/// What goes along.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carry {
    /// Which rules.
    pub rules: CarriedRules,
    /// What they are on the next board.
    pub standing: CarriedAs,
    /// The sections whose notes do.
    pub notes: BTreeSet<SectionId>,
    /// The sections whose cross does: its question, its year and its axes. Scenarios are told anew.
    pub crosses: BTreeSet<SectionId>,
}

/// Which rules go along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CarriedRules {
    /// None.
    None,
    /// Those that are agreed.
    #[default]
    Agreed,
    /// The proposed ones too; never the retired ones.
    All,
}

/// What rules are on the next board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CarriedAs {
    /// Proposals, for those who meet there to talk about.
    #[default]
    Proposals,
    /// What they are.
    TheyAre,
}

impl CarriedRules {
    const fn has(self, status: RuleStatus) -> bool {
        match (self, status) {
            (Self::None, _) | (_, RuleStatus::Retired) => false,
            (Self::Agreed, status) => matches!(status, RuleStatus::Agreed),
            (Self::All, RuleStatus::Proposed | RuleStatus::Agreed) => true,
        }
    }
}

/// The commands that make the next board on an empty one.
#[must_use]
pub fn carried(view: &View, rng: &mut impl Rng, begun: Begun, carry: &Carry) -> Vec<Command> {
    let mut copying = Copying::new(view, rng);
    for section in view.sections_in_order() {
        copying.carry(section, carry);
    }
    let copies = copying.finish();
    [Command::Begin(begun)].into_iter().chain(copies).collect()
}

impl<R: Rng> Copying<'_, R> {
    fn carry(&mut self, section: &Section, carry: &Carry) {
        let rules = section.kind == SectionKind::Rules && carry.rules != CarriedRules::None;
        let notes = carry.notes.contains(&section.id);
        let cross = carry.crosses.contains(&section.id);
        if !(rules || notes || cross) {
            return;
        }
        let copy = self.section(section.id);
        let notes = if notes {
            self.view.notes_of(section.id)
        } else {
            Vec::new()
        };
        for note in &notes {
            self.notes.insert(note.id, NoteId::random(self.rng));
        }
        match self.view.cross_of(section.id).filter(|_| cross) {
            Some(cross) => self.copy(RecordId::Cross(cross.id), |record| {
                if let Record::Cross(cross) = record {
                    cross.quadrants = Default::default();
                }
            }),
            None if section.kind == SectionKind::Cross => self.commands.push(Command::AddCross {
                id: CrossId::random(self.rng),
                section: copy,
                texts: Vec::new(),
                horizon: None,
            }),
            None => {}
        }
        for note in notes {
            self.copy(RecordId::Note(note.id), |record| {
                if let Record::Note(note) = record {
                    note.author = None;
                }
            });
        }
        if rules {
            self.rules(section.id, carry);
        }
    }

    fn rules(&mut self, section: SectionId, carry: &Carry) {
        let rules = self.view.rules_of(section).into_iter();
        for rule in rules.filter(|it| carry.rules.has(it.status)) {
            self.copy(RecordId::Rule(rule.id), |record| {
                if let Record::Rule(rule) = record {
                    rule.author = None;
                    if carry.standing == CarriedAs::Proposals {
                        rule.status = RuleStatus::Proposed;
                    }
                }
            });
        }
    }
}
