//! What the operating system says of a process: processor time, memory, and how many files it may open.
//!
//! Boundary: Linux tells it in `/proc`; elsewhere there is no answer, and the report says so.

use std::time::Duration;

use crate::client::Failure;

/// Linux counts processor time in ticks for programs, and has a hundred of them a second on every architecture.
const TICKS_PER_SECOND: u64 = 100;
/// Files that a program has open besides its connections.
const OTHER_FILES: u64 = 64;

/// What a process has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Processor time since it started, to 20 ms.
    pub processor: Duration,
    /// Bytes of memory it holds now (RSS).
    pub resident: u64,
}

/// What a process has used so far; none where the system does not say, or has no such process.
#[must_use]
pub fn usage(process: u32) -> Option<Usage> {
    let read = |file| std::fs::read_to_string(format!("/proc/{process}/{file}")).ok();
    Some(Usage {
        processor: processor(&read("stat")?)?,
        resident: resident(&read("status")?)?,
    })
}

/// `utime` and `stime`, fields 14 and 15 of `/proc/PID/stat` (proc_pid_stat(5)). The second field is the program's
/// name in brackets, which may itself hold blanks and brackets.
fn processor(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(
        user.saturating_add(system)
            .saturating_mul(1000 / TICKS_PER_SECOND),
    ))
}

/// `VmRSS` of `/proc/PID/status` (proc_pid_status(5)), which is in KiB.
fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes.saturating_mul(1024))
}

/// Raises how many files this process, and the server it starts, may have open.
///
/// # Errors
/// `Failure::TooMuch` if the system does not allow so many.
pub fn allow_connections(connections: usize) -> Result<(), Failure> {
    let needed = connections as u64 + OTHER_FILES;
    let allowed = rlimit::increase_nofile_limit(needed);
    let allowed = allowed.map_err(|error| Failure::TooMuch(refused(connections, &error)))?;
    if allowed < needed {
        let why = format!("it allows {allowed} open files, and {needed} are needed");
        return Err(Failure::TooMuch(refused(connections, &why)));
    }
    Ok(())
}

fn refused(connections: usize, why: &dyn std::fmt::Display) -> String {
    format!("this system does not let a program have {connections} connections: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_brackets_does_not_shift_the_fields() {
        let stat =
            "4711 (sam) syn (x) S 1 4711 4711 0 -1 4194560 1234 0 5 0 250 125 0 0 20 0 7 0 99 1 2";
        assert_eq!(processor(stat), Some(Duration::from_millis(3_750)));
        assert_eq!(processor("4711 (samsyn) S 1 2"), None);
        assert_eq!(processor("no process"), None);
    }

    #[test]
    fn resident_memory_is_in_bytes() {
        let status = "Name:\tsamsyn\nVmHWM:\t   20000 kB\nVmRSS:\t   12345 kB\nThreads:\t4\n";
        assert_eq!(resident(status), Some(12_345 * 1024));
        assert_eq!(resident("Name:\tkthreadd\n"), None);
        assert_eq!(resident("VmRSS:\t many kB\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_memory_and_there_is_no_process_0() {
        assert!(usage(std::process::id()).unwrap().resident > 100_000);
        assert_eq!(usage(0), None);
    }

    #[test]
    fn more_files_than_any_system_allows_are_refused_in_words() {
        let error = allow_connections(usize::MAX / 4).unwrap_err();
        assert!(error.to_string().contains("does not let"), "{error}");
    }
}
