//! Dates as editors write them: an instant together with the offset it was written in.

use jiff::{
    Timestamp,
    civil::{self, DateTime},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Which moment counts when the clocks of a zone skip a local time or show it twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// The earlier one: for the end of something.
    Earlier,
    /// The later one: for what must not come out too soon.
    Later,
    /// The first of two; a skipped time moves on by what was skipped (RFC 5545 §3.3.5).
    Usual,
}

/// A local time that is two moments or none in its zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Doubt {
    /// The clock skips it; otherwise it shows it twice.
    pub skipped: bool,
    /// Both moments that may be meant, the earlier one first.
    pub readings: [Date; 2],
}

impl Doubt {
    /// What is in doubt: the time of `what`.
    pub fn message(&self, what: &str) -> String {
        match self.skipped {
            true => format!("the clocks skip the time of {what} when they go forward"),
            false => format!("the time of {what} comes twice when the clocks go back"),
        }
    }

    /// Both readings, and the one that `counts`.
    pub fn hint(&self, counts: Date) -> String {
        let [earlier, later] = self.readings.map(|date| date.rfc3339());
        let counts = counts.rfc3339();
        format!("write {earlier} or {later}; until you do, {counts} counts")
    }
}

/// An instant and the offset it is shown in. Ordered by the instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date {
    /// When.
    pub at: Timestamp,
    /// Whose wall clock it was written on.
    pub offset: Offset,
    /// False when only a day was given.
    pub has_time: bool,
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (seconds, nanos) = (self.at.as_second(), self.at.subsec_nanosecond());
        (seconds, nanos, self.offset.seconds(), self.has_time).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (seconds, nanos, offset, has_time) = <(i64, i32, i32, bool)>::deserialize(from)?;
        Ok(Self {
            at: Timestamp::new(seconds, nanos).map_err(de::Error::custom)?,
            offset: Offset::from_seconds(offset).map_err(de::Error::custom)?,
            has_time,
        })
    }
}

impl Date {
    /// Reads RFC 3339 and what other tools write: a space for the `T`, an offset without colon or
    /// after a space, no seconds, one digit for a month, a day or an hour, `AM` and `PM`, `/` in a day, no
    /// offset (then `zone` says it), a day alone (midnight in `zone`).
    ///
    /// # Errors
    /// A sentence for the editor: what is wrong with the text.
    pub fn parse(text: &str, zone: &TimeZone) -> Result<Self, String> {
        Self::read(text, zone, Reading::Usual).map(|(date, _)| date)
    }

    /// The same, where a local time may be two moments or none: `reading` says which one counts, and what
    /// was in doubt stands beside it.
    ///
    /// # Errors
    /// As [`Date::parse`].
    pub fn read(
        text: &str,
        zone: &TimeZone,
        reading: Reading,
    ) -> Result<(Self, Option<Doubt>), String> {
        const FORM: &str = "write it as 2025-01-27T15:00:00+01:00";
        let text = text.trim();
        let end = text.find(['T', 't', ' ']).unwrap_or(text.len());
        let day = parse_day(&text[..end]).map_err(|why| format!("{why}; {FORM}"))?;
        let rest = text[end..].trim_start_matches(['T', 't', ' ']).trim();
        if rest.is_empty() {
            // A midnight that the zone skips was not written.
            let (date, _) = Self::in_zone(day.at(0, 0, 0, 0), zone, false, Reading::Usual)?;
            return Ok((date, None));
        }
        let cut = rest
            .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ','))
            .unwrap_or(rest.len());
        let (clock, offset) = (&rest[..cut], rest[cut..].trim());
        let (half, offset) = half_of_day(offset);
        let time = parse_clock(clock, half)
            .ok_or_else(|| format!("“{clock}” is not a time of day; {FORM}"))?;
        let local = day.to_datetime(time);
        if offset.is_empty() {
            return Self::in_zone(local, zone, true, reading);
        }
        let offset = parse_offset(offset).ok_or_else(|| {
            format!("“{offset}” is not an offset from UTC such as +01:00 or Z; {FORM}")
        })?;
        let at = offset
            .to_timestamp(local)
            .map_err(|_| format!("this date is out of range; {FORM}"))?;
        let date = Self {
            at,
            offset,
            has_time: true,
        };
        Ok((date, None))
    }

    fn in_zone(
        local: DateTime,
        zone: &TimeZone,
        has_time: bool,
        reading: Reading,
    ) -> Result<(Self, Option<Doubt>), String> {
        let moment = zone.to_ambiguous_zoned_datetime(local);
        let date = |zoned: Result<jiff::ZonedDateTime, jiff::Error>| {
            let zoned = zoned.map_err(|_| "this date is out of range".to_owned())?;
            Ok::<_, String>(Self {
                at: zoned.timestamp(),
                offset: zoned.offset(),
                has_time,
            })
        };
        let (earlier, later) = (moment.clone().earlier(), moment.clone().later());
        let doubt = match moment.is_ambiguous() {
            false => None,
            true => Some(Doubt {
                skipped: matches!(moment.offset(), AmbiguousOffset::Gap { .. }),
                readings: [date(earlier.clone())?, date(later.clone())?],
            }),
        };
        let counts = match reading {
            Reading::Earlier => earlier,
            Reading::Later => later,
            Reading::Usual => moment.compatible(),
        };
        Ok((date(counts)?, doubt))
    }

    /// The wall clock in the date's own offset.
    pub fn local(&self) -> DateTime {
        self.offset.to_datetime(self.at)
    }

    /// As mails and RSS write it: `Mon, 27 Jan 2025 15:00:00 +0100`. `None` outside of the years that
    /// the form can hold.
    pub fn rfc2822(self) -> Option<String> {
        let zoned = jiff::ZonedDateTime::new(self.at, self.offset.to_time_zone());
        jiff::fmt::rfc2822::to_string(&zoned).ok()
    }

    /// RFC 3339 in the date's own offset, without a fraction: `2025-01-27T15:00:00+01:00`.
    pub fn rfc3339(&self) -> String {
        let local = self.local();
        let seconds = self.offset.seconds();
        let (sign, off) = if seconds < 0 {
            ('-', -seconds)
        } else {
            ('+', seconds)
        };
        let date = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second()
        );
        if seconds == 0 {
            return date + "Z";
        }
        format!("{date}{sign}{:02}:{:02}", off / 3600, off % 3600 / 60)
    }
}

/// A year of four digits, then month and day, which some tools write with one digit or after `/`.
fn parse_day(text: &str) -> Result<civil::Date, String> {
    let no_date = || "this is not a date".to_owned();
    let mark = text.chars().find(|c| matches!(c, '-' | '/'));
    let parts: Vec<&str> = text.split(mark.ok_or_else(no_date)?).collect();
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let number = |part: &str| part.parse::<i16>().unwrap_or_default();
    let (year, month, day) = match parts.as_slice() {
        [y, m, d] if digits(y, 4, 4) && digits(m, 1, 2) && digits(d, 1, 2) => {
            (number(y), number(m) as i8, number(d) as i8)
        }
        _ => return Err(no_date()),
    };
    if !(1..=12).contains(&month) {
        return Err(format!("there is no month {month}"));
    }
    civil::Date::new(year, month, day)
        .map_err(|_| format!("there is no day {day} in month {month} of {year}"))
}

/// `AM` or `PM` before an offset, as the hours that it adds.
fn half_of_day(text: &str) -> (Option<i8>, &str) {
    for (word, hours) in [("am", 0), ("pm", 12)] {
        if let Some(start) = text.get(..2)
            && start.eq_ignore_ascii_case(word)
        {
            return (Some(hours), text[2..].trim_start());
        }
    }
    (None, text)
}

fn parse_clock(text: &str, half: Option<i8>) -> Option<civil::Time> {
    let (clock, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut parts = clock.split(':');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    // Some tools leave out the zero of an early hour: `9:00:00`.
    let hour = parts
        .next()
        .filter(|p| matches!(p.len(), 1 | 2) && digits(p))?;
    let mut next = |optional: bool| match parts.next() {
        Some(p) if p.len() == 2 && digits(p) => p.parse::<i8>().ok(),
        None if optional => Some(0),
        _ => None,
    };
    let (hour, minute, second) = (hour.parse::<i8>().ok()?, next(false)?, next(true)?);
    if parts.next().is_some() {
        return None;
    }
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
    };
    civil::Time::new(hour, minute, second, 0).ok()
}

fn parse_offset(text: &str) -> Option<Offset> {
    if ["z", "utc", "gmt"]
        .iter()
        .any(|utc| text.eq_ignore_ascii_case(utc))
    {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.chars().next()? {
        '+' => (1, &text[1..]),
        '-' => (-1, &text[1..]),
        '−' => (-1, &text['−'.len_utf8()..]),
        _ => return None,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(parts), _) => parts,
        (None, 4) => digits.split_at(2),
        (None, _) => (digits, "00"),
    };
    if !matches!(hours.len(), 1 | 2) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Brussels").unwrap()
    }

    #[test]
    fn reads_what_other_tools_write() {
        let one = "2025-01-27T15:00:00+01:00";
        for text in [
            one,
            "2025-01-27 15:00:00+01:00",
            "2025-01-27T15:00:00+0100",
            "2025-01-27 15:00:00 +0100",
            "2025-01-27T15:00+01",
            "2025-01-27 15:00",
            "2025-01-27T15:00:00.000+01:00",
        ] {
            assert_eq!(Date::parse(text, &zone()).unwrap().rfc3339(), one, "{text}");
        }
        assert_eq!(
            Date::parse("2025-01-27", &zone()).unwrap().rfc3339(),
            "2025-01-27T00:00:00+01:00"
        );
        assert_eq!(
            Date::parse(one, &zone()).unwrap().rfc2822().as_deref(),
            Some("Mon, 27 Jan 2025 15:00:00 +0100")
        );
        assert_eq!(
            Date::parse("2025-07-01T12:00:00z", &zone())
                .unwrap()
                .rfc3339(),
            "2025-07-01T12:00:00Z"
        );
        assert_eq!(
            Date::parse("2025-07-01T12:00:00-03:30", &zone())
                .unwrap()
                .rfc3339(),
            "2025-07-01T12:00:00-03:30"
        );
    }

    #[test]
    fn an_hour_may_have_one_digit() {
        for (text, read) in [
            ("2025-01-27 9:00:00", "2025-01-27T09:00:00+01:00"),
            ("2025-01-27T3:20:04Z", "2025-01-27T03:20:04Z"),
            ("2025-01-27 9:00 +0100", "2025-01-27T09:00:00+01:00"),
            ("2025-1-27 9:00 +1", "2025-01-27T09:00:00+01:00"),
            ("2025/01/27 09:00 +1:00", "2025-01-27T09:00:00+01:00"),
            ("2025-01-27 3:20 PM", "2025-01-27T15:20:00+01:00"),
            ("2025-01-27 12:05am", "2025-01-27T00:05:00+01:00"),
            ("2025-01-27 09:00 GMT", "2025-01-27T09:00:00Z"),
        ] {
            assert_eq!(Date::parse(text, &zone()).unwrap().rfc3339(), read);
        }
        assert!(Date::parse("2025-01-27 9:0", &zone()).is_err());
    }

    #[test]
    fn a_time_that_is_skipped_or_comes_twice_has_two_readings() {
        let read = |text, reading| {
            let (date, doubt) = Date::read(text, &zone(), reading).unwrap();
            (date.rfc3339(), doubt)
        };
        let skipped = "2025-03-30T02:30:00";
        let (earlier, doubt) = read(skipped, Reading::Earlier);
        assert_eq!(earlier, "2025-03-30T01:30:00+01:00");
        assert!(doubt.is_some_and(|d| d.skipped));
        assert_eq!(read(skipped, Reading::Later).0, "2025-03-30T03:30:00+02:00");
        assert_eq!(read(skipped, Reading::Usual).0, "2025-03-30T03:30:00+02:00");
        let twice = "2025-10-26T02:30:00";
        let (later, doubt) = read(twice, Reading::Later);
        assert_eq!(later, "2025-10-26T02:30:00+01:00");
        assert!(doubt.is_some_and(|d| !d.skipped));
        assert_eq!(read(twice, Reading::Usual).0, "2025-10-26T02:30:00+02:00");
        // With an offset there is nothing to doubt, and a day alone names no time.
        assert_eq!(read("2025-10-26T02:30:00+01:00", Reading::Later).1, None);
        assert_eq!(read("2025-10-26T03:00:00", Reading::Later).1, None);
        assert_eq!(read("2025-10-26", Reading::Later).1, None);
    }

    #[test]
    fn refuses_what_is_no_date_and_says_why() {
        for (text, why) in [
            ("2025-02-30", "no day 30"),
            ("2025-13-01", "no month 13"),
            ("27/01/2025", "not a date"),
            ("2025-01-27T25:00:00Z", "not a time"),
            ("2025-01-27T15:00:00+99:00", "not an offset"),
            ("soon", "not a date"),
            ("2025-01-27T15", "not a time"),
            ("", "not a date"),
        ] {
            let error = Date::parse(text, &zone()).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = Date::parse(&text, &zone());
        }

        #[test]
        fn rfc3339_round_trips(seconds in -2_000_000_000i64..4_000_000_000, minutes in -720i32..720) {
            let date = Date {
                at: Timestamp::from_second(seconds).unwrap(),
                offset: Offset::from_seconds(minutes * 60).unwrap(),
                has_time: true,
            };
            proptest::prop_assert_eq!(Date::parse(&date.rfc3339(), &zone()).unwrap(), date);
        }
    }
}
