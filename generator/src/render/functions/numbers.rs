//! `n | number`, `n | bytes`, `seconds | duration`.
//!
//! Digits are Latin in every language: they stand beside checksums, timecodes and picture sizes, and
//! the international Arabic press writes them so too.

use std::sync::Arc;

use icu_decimal::{DecimalFormatter, input::Decimal};
use icu_locale_core::Locale;
use tera::{Kwargs, State, Tera, TeraResult};

use crate::base::lang::Lang;

pub(super) fn register(tera: &mut Tera, lang: &Lang) {
    let formatter = Arc::new(Numbers::new(lang));
    let numbers = formatter.clone();
    tera.register_filter("number", move |n: f64, _: Kwargs, _: &State| {
        numbers.plain(n)
    });
    tera.register_filter("bytes", move |n: f64, _: Kwargs, _: &State| {
        formatter.bytes(n)
    });
    tera.register_filter("duration", |n: f64, _: Kwargs, _: &State| duration(n));
}

struct Numbers {
    formatter: Option<DecimalFormatter>,
    units: [&'static str; 4],
}

impl Numbers {
    fn new(lang: &Lang) -> Self {
        let locale: Locale = format!("{lang}-u-nu-latn")
            .parse()
            .unwrap_or(Locale::UNKNOWN);
        let units = match lang.language() {
            "fr" => ["octets", "Ko", "Mo", "Go"],
            "ar" => ["بايت", "كيلوبايت", "ميغابايت", "غيغابايت"],
            _ => ["bytes", "kB", "MB", "GB"],
        };
        Self {
            formatter: DecimalFormatter::try_new(locale.into(), Default::default()).ok(),
            units,
        }
    }

    fn decimal(&self, decimal: &Decimal) -> String {
        self.formatter
            .as_ref()
            .map_or_else(|| decimal.to_string(), |f| f.format(decimal).to_string())
    }

    fn plain(&self, n: f64) -> TeraResult<String> {
        if n.fract() != 0.0 || n.abs() > 9e15 {
            return super::wrong("`number` takes a whole number");
        }
        Ok(self.decimal(&Decimal::from(n as i64)))
    }

    /// Decimal units (SI), one digit after the point from megabytes up.
    fn bytes(&self, n: f64) -> TeraResult<String> {
        if !(0.0..=9e15).contains(&n) {
            return super::wrong("`bytes` takes a number of bytes");
        }
        let (value, digits, unit) = match n {
            n if n < 1e3 => (n, 0, 0),
            n if n < 1e6 => (n / 1e3, 0, 1),
            n if n < 1e9 => (n / 1e6, 1, 2),
            n => (n / 1e9, 1, 3),
        };
        let mut decimal = Decimal::from((value * 10f64.powi(digits)).round() as i64);
        decimal.multiply_pow10(-digits as i16);
        Ok(format!(
            "{}\u{a0}{}",
            self.decimal(&decimal),
            self.units[unit]
        ))
    }
}

fn duration(seconds: f64) -> TeraResult<String> {
    if !(0.0..1e7).contains(&seconds) {
        return super::wrong("`duration` takes seconds");
    }
    let s = seconds.round() as u64;
    Ok(match s / 3600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        hours => format!("{hours}:{:02}:{:02}", s / 60 % 60, s % 60),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_follow_the_language() {
        let of = |code| Numbers::new(&Lang::parse(code).unwrap());
        assert_eq!(of("en").plain(12345.0).unwrap(), "12,345");
        assert_eq!(of("fr").plain(12345.0).unwrap(), "12\u{202f}345");
        assert_eq!(of("en").bytes(5_368_709_120.0).unwrap(), "5.4\u{a0}GB");
        assert_eq!(of("fr").bytes(1_234_567.0).unwrap(), "1,2\u{a0}Mo");
        assert_eq!(of("ar").plain(12345.0).unwrap(), "12,345");
        assert_eq!(duration(3723.4).unwrap(), "1:02:03");
        assert_eq!(duration(12.0).unwrap(), "0:12");
    }
}
