//! A point in time as an archive writes it: RFC 3339 in UTC, `2026-11-22T09:30:00.000Z`.
//!
//! Boundary: only the calendar; devices' clocks and people's time zones are elsewhere.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::time::UnixMillis;

const MILLIS_A_DAY: i64 = 86_400_000;
/// 0000-01-01T00:00:00.000Z, the first that RFC 3339 can write.
const FIRST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z, the last.
const LAST: i64 = 253_402_300_799_999;

/// A point in time between the years 0000 and 9999; what lies outside is moved to the nearer end when it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub UnixMillis);

/// Why a text is not a point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a point in time like 2026-11-22T09:30:00.000Z")]
pub struct TimestampError(String);

impl Timestamp {
    /// The day alone: `2026-11-22`.
    #[must_use]
    pub fn date(self) -> String {
        let (year, month, day) = civil(self.within().div_euclid(MILLIS_A_DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn within(self) -> i64 {
        self.0.0.clamp(FIRST, LAST)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.within().rem_euclid(MILLIS_A_DAY);
        let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
        let (second, millis) = (millis / 1_000 % 60, millis % 1_000);
        let date = self.date();
        write!(f, "{date}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        read(text)
            .map(|millis| Self(UnixMillis(millis)))
            .ok_or_else(|| TimestampError(text.chars().take(40).collect()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// RFC 3339, section 5.6; a leap second counts as the second after it.
fn read(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-');
    let year = number(date.next()?, 4)?;
    let month = number(date.next()?, 2)?;
    let day = number(date.next()?, 2)?;
    let days =
        (civil(days(year, month, day)) == (year, month, day)).then(|| days(year, month, day))?;
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(zone_at)?;
    Some(days * MILLIS_A_DAY + clock_millis(clock)? - zone_millis(zone)?)
}

fn clock_millis(clock: &str) -> Option<i64> {
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = whole.splitn(3, ':');
    let hour = number(parts.next()?, 2).filter(|it| *it < 24)?;
    let minute = number(parts.next()?, 2).filter(|it| *it < 60)?;
    let second = number(parts.next()?, 2).filter(|it| *it <= 60)?;
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    number(fraction, fraction.len())?;
    Some(((hour * 60 + minute) * 60 + second) * 1_000 + number(&digits, 3)?)
}

fn zone_millis(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        'Z' | 'z' => return (zone.len() == 1).then_some(0),
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hour, minute) = zone.get(1..)?.split_once(':')?;
    let hour = number(hour, 2).filter(|it| *it < 24)?;
    let minute = number(minute, 2).filter(|it| *it < 60)?;
    Some(sign * (hour * 60 + minute) * 60_000)
}

fn number(digits: &str, length: usize) -> Option<i64> {
    let plain =
        digits.len() == length && length <= 18 && digits.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Days since 1970-01-01 of a date of the Gregorian calendar; Howard Hinnant, “chrono-Compatible Low-Level Date
/// Algorithms”, `days_from_civil`.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a day since 1970-01-01; from the same source, `civil_from_days`.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn check(millis: i64, expected: &str) {
        let stamp = Timestamp(UnixMillis(millis));
        assert_eq!(stamp.to_string(), expected);
        assert_eq!(expected.parse(), Ok(stamp));
    }

    #[test]
    fn days_that_calendars_get_wrong_are_right() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(-1, "1969-12-31T23:59:59.999Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
        check(1_795_339_800_123, "2026-11-22T09:30:00.123Z");
        check(FIRST, "0000-01-01T00:00:00.000Z");
        check(LAST, "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_clock_gone_mad_is_still_written() {
        let stamp = |millis| Timestamp(UnixMillis(millis)).to_string();
        assert_eq!(stamp(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(stamp(i64::MIN), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn other_zones_and_shorter_forms_are_read() {
        let read = |text: &str| text.parse::<Timestamp>().unwrap().to_string();
        assert_eq!(
            read("2026-11-22T10:30:00+01:00"),
            "2026-11-22T09:30:00.000Z"
        );
        assert_eq!(
            read("2026-11-22 09:30:00.1234567Z"),
            "2026-11-22T09:30:00.123Z"
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T09:30:00",
            "2026-11-22T09:30:00.Z",
            "2026-11-22T09:30:00+1:00",
            "å-å-åTå:å:åZ",
            "-001-11-22T09:30:00Z",
            "2026-11-22T09:30:00Zz",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_survives_its_text(millis in FIRST..=LAST) {
            let stamp = Timestamp(UnixMillis(millis));
            prop_assert_eq!(stamp.to_string().parse(), Ok(stamp));
        }
    }
}
