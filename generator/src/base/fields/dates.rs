//! Dates and moments.

use jiff::tz::TimeZone;

use super::{At, Fields};
use crate::base::{
    date::{Date, Reading},
    diag::Diagnostic,
    tree::Value,
};

impl Fields<'_> {
    /// A date, as [`Date::parse`] reads it.
    pub fn date(&mut self, key: &'static str, zone: &TimeZone) -> Option<At<Date>> {
        self.date_by(key, zone, Reading::Usual)
    }

    /// A date whose local time, where it is in doubt, is read as `reading` says.
    fn date_by(
        &mut self,
        key: &'static str,
        zone: &TimeZone,
        reading: Reading,
    ) -> Option<At<Date>> {
        let node = self.take(key)?;
        let text = match &node.value {
            Value::Text(text) | Value::Date(text) => text,
            _ => {
                self.wrong(
                    key,
                    "a date",
                    &node,
                    "write it as 2025-01-27T15:00:00+01:00",
                );
                return None;
            }
        };
        match Date::read(text, zone, reading) {
            Ok((value, doubt)) => {
                if let Some(doubt) = doubt {
                    let warning = Diagnostic::warning(doubt.message(&format!("`{key}`")));
                    let warning = warning.at(self.file, node.span.clone());
                    self.diags.push(warning.hint(doubt.hint(value)));
                }
                Some(At {
                    value,
                    span: node.span,
                })
            }
            Err(why) => {
                let (why, hint) = why
                    .split_once("; ")
                    .unwrap_or((&why, "write it as 2025-01-27T15:00:00+01:00"));
                self.error(node.span, format!("`{key}`: {why}"), hint);
                None
            }
        }
    }

    /// A date that must say the hour too (an embargo "on Monday" would lift at midnight). Where its local
    /// time is in doubt, `reading` says which moment counts.
    pub fn moment(
        &mut self,
        key: &'static str,
        zone: &TimeZone,
        reading: Reading,
    ) -> Option<At<Date>> {
        let date = self.date_by(key, zone, reading)?;
        if !date.value.has_time {
            let hint = "add the hour, as in 2025-01-27T15:00:00+01:00";
            self.error(date.span, format!("`{key}` needs a time of day"), hint);
            return None;
        }
        Some(date)
    }
}
