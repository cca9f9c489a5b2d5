//! Formats times for readers, the same in every language: digits and the time zone.

use jiff::tz::TimeZone;

use super::time::Moment;

/// `2026-11-25 14:32 UTC+01:00`.
#[must_use]
pub fn reading_time(at: Moment, zone: &TimeZone) -> String {
    let zoned = at.timestamp().to_zoned_datetime(zone.clone());
    format!("{} {}", zoned.date(), clock_time(at, zone))
}

/// `14:32 UTC+01:00`.
#[must_use]
pub fn clock_time(at: Moment, zone: &TimeZone) -> String {
    let zoned = at.timestamp().to_zoned_datetime(zone.clone());
    let seconds = zoned.offset().seconds();
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() % 3600 / 60);
    let time = format!("{:02}:{:02} UTC", zoned.hour(), zoned.minute());
    match seconds {
        0 => time,
        seconds => format!(
            "{time}{}{hours:02}:{minutes:02}",
            if seconds < 0 { '−' } else { '+' }
        ),
    }
}

/// The end of a wait, rounded up to the minute so that it is never too early; with the date unless it is today.
#[must_use]
pub fn awaited_time(at: Moment, now: Moment, zone: &TimeZone) -> String {
    let minute = 60_000;
    let at = Moment(at.0.saturating_add(minute - 1).div_euclid(minute) * minute);
    let day = |moment: Moment| moment.timestamp().to_zoned_datetime(zone.clone()).date();
    match day(at) == day(now) {
        true => clock_time(at, zone),
        false => reading_time(at, zone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_said() {
        let at = |text: &str| Moment::from(text.parse::<jiff::Timestamp>().unwrap());
        let zone = |name| TimeZone::get(name).unwrap();
        let noon = at("2026-11-25T12:00:59Z");
        assert_eq!(clock_time(noon, &TimeZone::UTC), "12:00 UTC");
        assert_eq!(
            clock_time(noon, &zone("Europe/Brussels")),
            "13:00 UTC+01:00"
        );
        assert_eq!(
            clock_time(noon, &zone("America/St_Johns")),
            "08:30 UTC−03:30"
        );
        assert_eq!(
            reading_time(noon, &zone("Asia/Tokyo")),
            "2026-11-25 21:00 UTC+09:00"
        );
    }

    #[test]
    fn waiting_times_are_rounded_up() {
        let at = |text: &str| Moment::from(text.parse::<jiff::Timestamp>().unwrap());
        let zone = TimeZone::get("Europe/Brussels").unwrap();
        let now = at("2026-11-25T12:00:00Z");
        for (until, told) in [
            ("2026-11-25T12:14:00Z", "13:14 UTC+01:00"),
            ("2026-11-25T12:14:00.001Z", "13:15 UTC+01:00"),
            ("2026-11-25T22:59:30Z", "2026-11-26 00:00 UTC+01:00"),
            ("2026-11-26T12:00:00Z", "2026-11-26 13:00 UTC+01:00"),
        ] {
            assert_eq!(awaited_time(at(until), now, &zone), told);
        }
    }
}
