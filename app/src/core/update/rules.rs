//! Ground rules: proposed, supported, agreed, put in order.

use samsyn_shared::board::{Command, Record, Support, TextField};
use samsyn_shared::ids::{RuleId, SectionId};
use samsyn_shared::records::{Presence, Rule, RuleStatus};

use super::taking::ahead;
use super::{Effects, command, writing};
use crate::core::event::Direction;
use crate::core::model::{BoardModel, Model};

pub(super) fn add(model: &mut Model, section: SectionId) -> Effects {
    let id = model.mint.rule();
    let made = model.now;
    writing(model, |board| {
        let author = Some(board.me);
        let mut effects = ahead(
            board,
            Record::Rule(Rule {
                id,
                section,
                text: None,
                why: None,
                shows_as: None,
                status: RuleStatus::Proposed,
                order: "~".to_owned(),
                supporters: std::iter::empty().collect(),
                author,
                made,
                presence: Presence::OnBoard,
            }),
        );
        board.awaited = Some(TextField::RuleText(id));
        effects.push(command(Command::AddRule {
            id,
            section,
            text: String::new(),
            why: String::new(),
            shows_as: String::new(),
            author,
        }));
        Some(effects)
    })
}

pub(super) fn support(model: &mut Model, id: RuleId) -> Effects {
    writing(model, |board| {
        let mut rule = board.view.rules.get(&id)?.clone();
        let person = board.me;
        let support = if rule.supporters.remove(&person) {
            Support::Withdrawn
        } else {
            rule.supporters.insert(person);
            Support::Given
        };
        let mut effects = ahead(board, Record::Rule(rule));
        effects.push(command(Command::SetSupport {
            rule: id,
            person,
            support,
        }));
        Some(effects)
    })
}

pub(super) fn status(model: &mut Model, id: RuleId, status: RuleStatus) -> Effects {
    writing(model, |board| {
        let rule = board.view.rules.get(&id)?.clone();
        let mut effects = ahead(board, Record::Rule(Rule { status, ..rule }));
        effects.push(command(Command::SetRuleStatus { id, status }));
        Some(effects)
    })
}

pub(super) fn shift(model: &mut Model, id: RuleId, direction: Direction) -> Effects {
    writing(model, |board| {
        let order = siblings(board, id)?;
        let at = order.iter().position(|other| *other == id)?;
        let after = match direction {
            Direction::Up | Direction::Left if at == 0 => return None,
            Direction::Up | Direction::Left => at.checked_sub(2).and_then(|at| order.get(at)),
            Direction::Down | Direction::Right => Some(order.get(at + 1)?),
        };
        let after = after.copied();
        Some(vec![command(Command::MoveRule { id, after })])
    })
}

pub(super) fn drop_before(model: &mut Model, id: RuleId, before: Option<RuleId>) -> Effects {
    writing(model, |board| {
        let order = siblings(board, id)?;
        let mut others = order.iter().copied().filter(|other| *other != id);
        let after = match before {
            Some(before) => {
                let ahead: Vec<RuleId> = others.take_while(|other| *other != before).collect();
                ahead.last().copied()
            }
            None => others.next_back(),
        };
        let stood = order
            .iter()
            .position(|other| *other == id)
            .and_then(|at| at.checked_sub(1))
            .and_then(|at| order.get(at))
            .copied();
        (after != stood).then(|| vec![command(Command::MoveRule { id, after })])
    })
}

fn siblings(board: &BoardModel, id: RuleId) -> Option<Vec<RuleId>> {
    let section = board.view.rules.get(&id)?.section;
    let rules = board.view.rules_of(section);
    Some(rules.into_iter().map(|rule| rule.id).collect())
}
