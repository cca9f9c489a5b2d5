//! `date | date(style="…")`: a date in the reader's language and in its own offset.

use std::sync::{Arc, PoisonError, RwLock};

use icu_calendar::{Gregorian, Iso};
use icu_datetime::{
    FixedCalendarDateTimeFormatter as Formatter,
    fieldsets::{Combo, YM, YMD, YMDT, zone::LocalizedOffsetShort},
};
use icu_locale_core::Locale;
use icu_time::{Time, ZonedDateTime, zone::UtcOffset};
use jiff::{civil, tz::TimeZone};
use tera::{Kwargs, State, Tera, TeraResult};

use crate::base::{date::Date, hash::Map, lang::Lang};

pub(super) fn register(tera: &mut Tera, dates: Option<Arc<Dates>>) {
    tera.register_filter("date", move |text: &str, kwargs: Kwargs, _: &State| {
        let style = kwargs.get::<&str>("style")?.unwrap_or("day");
        let date = Date::parse(text, &TimeZone::UTC);
        if style == "rfc2822" {
            // For RSS: the same in every language.
            return match date.ok().and_then(Date::rfc2822) {
                Some(text) => Ok(text),
                None => super::wrong(format!("“{text}” is not a date")),
            };
        }
        let Some(dates) = &dates else {
            return Ok(text.to_owned());
        };
        match date {
            Ok(date) => dates.format(date, style),
            Err(_) => super::wrong(format!("“{text}” is not a date")),
        }
    });
}

/// Writes dates in one language.
pub(in crate::render) struct Dates {
    day: Formatter<Gregorian, YMD>,
    short: Formatter<Gregorian, YMD>,
    month: Formatter<Gregorian, YM>,
    time: Formatter<Gregorian, Combo<YMDT, LocalizedOffsetShort>>,
    english: bool,
    right_to_left: bool,
    /// Days in words, by style. A long list repeats few days often.
    days: RwLock<Map<(civil::Date, &'static str), Arc<str>>>,
}

/// The styles that are the same all day.
const OF_DAYS: [&str; 3] = ["day", "short", "month"];

impl Dates {
    /// `None` for a language that the locale data does not know how to write.
    pub(in crate::render) fn new(lang: &Lang) -> Option<Self> {
        let english = lang.code() == "en";
        // English of no country writes dates as most of the world does, not as one country.
        let base = if english { "en-001" } else { lang.code() };
        let locale: Locale = format!("{base}-u-hc-h23-nu-latn").parse().ok()?;
        let prefs = || (&locale).into();
        Some(Self {
            day: Formatter::try_new(prefs(), YMD::long()).ok()?,
            short: Formatter::try_new(prefs(), YMD::medium()).ok()?,
            month: Formatter::try_new(prefs(), YM::long()).ok()?,
            time: Formatter::try_new(
                prefs(),
                YMD::long().with_time_hm().with_zone(LocalizedOffsetShort),
            )
            .ok()?,
            english,
            right_to_left: lang.direction() == "rtl",
            days: RwLock::default(),
        })
    }

    pub(in crate::render) fn format(&self, date: Date, style: &str) -> TeraResult<String> {
        let Some(style) = OF_DAYS.iter().find(|of_days| **of_days == style) else {
            return self.written(date, style);
        };
        let key = (date.local().date(), *style);
        let known = self.days.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known.get(&key) {
            return Ok(text.as_ref().to_owned());
        }
        drop(known);
        let text = self.written(date, style)?;
        let mut known = self.days.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, text.as_str().into());
        Ok(text)
    }

    fn written(&self, date: Date, style: &str) -> TeraResult<String> {
        let local = date.local();
        let Ok(iso) = icu_calendar::Date::try_new_iso(
            local.year().into(),
            local.month() as u8,
            local.day() as u8,
        ) else {
            return super::wrong("this date is out of range");
        };
        let day: icu_calendar::Date<Gregorian> = to_gregorian(iso);
        Ok(match style {
            "day" => self.day.format(&day).to_string(),
            "short" => self.short.format(&day).to_string(),
            "month" => self.month.format(&day).to_string(),
            "year" => local.year().to_string(),
            // A day alone means its midnight, which was not written.
            "time" if local.time() == civil::Time::midnight() => self.day.format(&day).to_string(),
            "time" => {
                let time = Time::try_new(
                    local.hour() as u8,
                    local.minute() as u8,
                    local.second() as u8,
                    0,
                );
                let zone = UtcOffset::try_from_seconds(date.offset.seconds());
                let (Ok(time), Ok(zone)) = (time, zone) else {
                    return super::wrong("this time is out of range");
                };
                let moment = ZonedDateTime {
                    date: day,
                    time,
                    zone,
                };
                let text = self.time.format(&moment).to_string();
                let text = with_offset(&text, date.offset.is_zero(), self.right_to_left);
                if self.english {
                    text.replace("GMT", "UTC")
                } else {
                    text
                }
            }
            other => {
                return super::wrong(format!(
                    "there is no date style `{other}`; use day, short, time, month, year or rfc2822"
                ));
            }
        })
    }
}

/// Locale data writes no offset as `+0`, which readers do not, and with marks that do not keep signs and
/// digits together in every text written from the right.
fn with_offset(text: &str, none: bool, right_to_left: bool) -> String {
    const MARK: char = '\u{200e}';
    let text = text.replace(MARK, "");
    let Some(start) = text.rfind(['+', '-', '−']) else {
        return text;
    };
    let digits = text[start..].find(|c: char| c.is_alphabetic() || c.is_whitespace() || c == ')');
    let end = digits.map_or(text.len(), |length| start + length);
    let (before, offset, after) = (&text[..start], &text[start..end], &text[end..]);
    match (none, right_to_left) {
        (true, _) if before.ends_with('(') => format!("{before}{}", after.trim_start()),
        (true, _) => format!("{}{after}", before.trim_end()),
        (false, true) => format!("{before}\u{2066}{offset}\u{2069}{after}"),
        (false, false) => text,
    }
}

fn to_gregorian(date: icu_calendar::Date<Iso>) -> icu_calendar::Date<Gregorian> {
    date.to_calendar(Gregorian)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(code: &str, style: &str) -> String {
        let date = Date::parse("2025-01-27T15:00:00+01:00", &TimeZone::UTC).unwrap();
        Dates::new(&Lang::parse(code).unwrap())
            .unwrap()
            .format(date, style)
            .unwrap()
    }

    #[test]
    fn dates_are_written_as_readers_write_them() {
        assert_eq!(format("en", "day"), "27 January 2025");
        assert_eq!(format("en", "short"), "27 Jan 2025");
        assert_eq!(format("en", "month"), "January 2025");
        assert_eq!(format("en", "time"), "27 January 2025 at 15:00 UTC+1");
        assert_eq!(format("fr", "day"), "27 janvier 2025");
        assert_eq!(format("fr", "time"), "27 janvier 2025 à 15:00 UTC+1");
        assert_eq!(format("ar", "day"), "27 يناير 2025");
    }

    fn time(code: &str, text: &str) -> String {
        let date = Date::parse(text, &TimeZone::UTC).unwrap();
        let dates = Dates::new(&Lang::parse(code).unwrap()).unwrap();
        dates.format(date, "time").unwrap()
    }

    #[test]
    fn no_reader_sees_a_time_that_nobody_wrote() {
        for text in [
            "2025-01-27",
            "2025-01-27T00:00:00+01:00",
            "2025-01-27T00:00:00Z",
        ] {
            assert_eq!(time("en", text), "27 January 2025");
            assert_eq!(time("ar", text), "27 يناير 2025");
        }
        assert_eq!(
            time("en", "2025-01-27T00:01:00Z"),
            "27 January 2025 at 00:01 UTC"
        );
    }

    #[test]
    fn no_offset_is_none_and_signs_stay_before_their_digits() {
        let zero = "2025-01-27T15:00:00Z";
        assert_eq!(time("en", zero), "27 January 2025 at 15:00 UTC");
        assert_eq!(time("fr", zero), "27 janvier 2025 à 15:00 UTC");
        assert_eq!(time("de", zero), "27. Januar 2025 um 15:00 GMT");
        assert_eq!(time("zh", zero), "2025年1月27日 GMT 15:00");
        assert_eq!(time("ar", zero), "27 يناير 2025 في 15:00 غرينتش");
        assert_eq!(time("fa", zero), "27 ژانویه 2025 ساعت 15:00 (گرینویچ)");
        let west = "2025-01-27T15:00:00-03:30";
        assert_eq!(time("en", west), "27 January 2025 at 15:00 UTC-3:30");
        assert_eq!(
            time("ar", west),
            "27 يناير 2025 في 15:00 غرينتش\u{2066}-3:30\u{2069}"
        );
        assert!(time("ckb", west).contains("\u{2066}-3:30\u{2069}"));
    }
}
