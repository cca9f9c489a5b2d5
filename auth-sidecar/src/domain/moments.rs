//! Times for people, the same in every language: digits, and the zone.

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
}
