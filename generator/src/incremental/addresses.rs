//! The file of all addresses: what a build adds to it, and when.

use super::{build::Attempt, recorder::Recorder};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        read,
    },
    pipeline::{Addresses, Plan, Stopped},
    plan::LEDGER,
};

impl Attempt<'_> {
    /// An error if the build may not add what it would have to.
    pub(super) fn locked(&self, plan: &Plan) -> Result<(), Stopped> {
        /// How many addresses the message names.
        const NAMED: usize = 5;
        let missing = &plan.unrecorded.addresses;
        if self.inputs.addresses != Addresses::Locked || missing.is_empty() {
            return Ok(());
        }
        let message = match missing.len() {
            1 => "an address is not in this file".to_owned(),
            n => format!("{n} addresses are not in this file"),
        };
        let named = missing[..missing.len().min(NAMED)].join(", ");
        let more = if missing.len() > NAMED { " …" } else { "" };
        let diag = Diagnostic::error(message)
            .in_file(LEDGER)
            .note(format!("{named}{more}"))
            .hint("run `dateline build` without --locked, and commit content/addresses.lock");
        Err(Stopped::Wrong(vec![diag]))
    }

    /// Adds to the file what it lacks. Whether it is complete then, and how many addresses are new.
    pub(super) fn record_addresses(&self, plan: &Plan, diags: &mut Diagnostics) -> (bool, usize) {
        let unrecorded = &plan.unrecorded;
        if self.inputs.addresses != Addresses::Add || unrecorded.is_none() {
            return (unrecorded.is_none(), 0);
        }
        let recorder = self.recorder.as_deref();
        let files = recorder.map_or(self.inputs.files.as_ref(), Recorder::sources);
        // It may have changed since the build read it: nothing of it is lost, and the next build reads it again.
        let former = files.read(LEDGER);
        let text = match &former {
            Ok(content) => read::as_text(LEDGER, content.bytes.clone()).ok(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(String::new()),
            Err(_) => None,
        };
        let zone = &plan.prepared.config.time_zone;
        let day = zone.to_datetime(self.inputs.now.0).date();
        let Some(new) = text.and_then(|text| unrecorded.added_to(&text, day)) else {
            return (false, 0);
        };
        let written = match recorder {
            Some(recorder) => recorder.rewrite(LEDGER, &former, new.as_bytes()),
            None => self.disk.rewrite(LEDGER, new.as_bytes()),
        };
        if let Err(error) = &written {
            let message = format!("the new addresses cannot be added to this file: {error}");
            let diag = Diagnostic::warning(message).in_file(LEDGER);
            diags.push(diag.hint(
                "build where the sources can be written too, and commit content/addresses.lock",
            ));
        }
        match written {
            Ok(()) => (true, unrecorded.addresses.len()),
            Err(_) => (false, 0),
        }
    }
}
