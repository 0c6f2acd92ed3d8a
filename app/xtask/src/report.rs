//! What ran, how long each step took, how many tests passed: printed as it happens and summed up at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Tests counted from the output of test runners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
}

impl Tally {
    /// Counts a line if it is the closing line of a test binary:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else {
            return;
        };
        let counts = counts.split_once(". ").map_or(counts, |(_, counts)| counts);
        for part in counts.split(';') {
            match part.trim().split_once(' ') {
                Some((n, "passed")) => self.passed += n.parse().unwrap_or(0),
                Some((n, "failed")) => self.failed += n.parse().unwrap_or(0),
                Some(_) | None => {}
            }
        }
    }
}

enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

struct Step {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
    tally: Tally,
}

/// The steps of a run so far.
#[derive(Default)]
pub struct Report {
    steps: Vec<Step>,
}

impl Report {
    /// Runs a step, times it, and notes how it went. Returns whether it succeeded.
    pub fn step(&mut self, name: &'static str, run: impl FnOnce(&mut Tally) -> Result<()>) -> bool {
        println!("\n== {name}");
        let start = Instant::now();
        let mut tally = Tally::default();
        let outcome = match run(&mut tally) {
            Ok(()) => Outcome::Passed,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        let step = Step {
            name,
            outcome,
            took: start.elapsed(),
            tally,
        };
        println!("{}", step.line());
        let passed = matches!(step.outcome, Outcome::Passed);
        self.steps.push(step);
        passed
    }

    /// Notes a step that cannot run here, and why.
    pub fn skip(&mut self, name: &'static str, why: String) {
        let step = Step {
            name,
            outcome: Outcome::Skipped(why),
            took: Duration::ZERO,
            tally: Tally::default(),
        };
        println!("\n== {name}\n{}", step.line());
        self.steps.push(step);
    }

    /// Prints the summary, whose last line is `N passed, N failed`; an error if a step failed.
    pub fn close(self) -> Result<()> {
        println!("\n== summary");
        for step in &self.steps {
            println!("{}", step.line());
        }
        let total: Duration = self.steps.iter().map(|step| step.took).sum();
        println!("  all of it took {}", time(total));
        let passed: u64 = self.steps.iter().map(|step| step.tally.passed).sum();
        let failed: u64 = self.steps.iter().map(Step::failures).sum();
        println!("\n{passed} passed, {failed} failed");
        if failed > 0 {
            bail!("not everything passed");
        }
        Ok(())
    }
}

impl Step {
    /// A step that failed before a test could be counted counts as one failure.
    fn failures(&self) -> u64 {
        match self.outcome {
            Outcome::Failed(_) => self.tally.failed.max(1),
            Outcome::Passed | Outcome::Skipped(_) => self.tally.failed,
        }
    }

    fn line(&self) -> String {
        let tests = match self.tally.passed + self.tally.failed {
            0 => String::new(),
            _ => format!(
                ", {} tests passed, {} failed",
                self.tally.passed, self.tally.failed
            ),
        };
        match &self.outcome {
            Outcome::Passed => format!("  ok      {:<12} {}{tests}", self.name, time(self.took)),
            Outcome::Failed(why) => format!(
                "  FAILED  {:<12} {}{tests}: {why}",
                self.name,
                time(self.took)
            ),
            Outcome::Skipped(why) => format!("  skipped {:<12} {why}", self.name),
        }
    }
}

fn time(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> (u64, u64) {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        (tally.passed, tally.failed)
    }

    #[test]
    fn closing_lines_of_test_binaries_are_added_up() {
        let ok = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        let bad = "test result: FAILED. 10 passed; 2 failed; 0 ignored";
        assert_eq!(tally(&[ok, "running 3 tests", bad]), (13, 2));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(
            tally(&["test one ... ok", "5 passed", "test result: unknown"]),
            (0, 0)
        );
    }

    #[test]
    fn a_step_that_fails_without_tests_is_one_failure() {
        let mut report = Report::default();
        assert!(report.step("a", |_| Ok(())));
        assert!(!report.step("b", |_| bail!("no")));
        assert_eq!(report.steps.iter().map(Step::failures).sum::<u64>(), 1);
        assert!(report.close().is_err());
    }
}
