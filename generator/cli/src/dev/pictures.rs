//! Makes the pictures that nobody has asked for yet, in the background: they are there once somebody does.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use crate::output::{Bar, complain, counted, seconds};
use dateline::pipeline::Plan;

/// As little of the processor as the system can give.
const LOWEST: i32 = 19;

/// Makes them on this thread, which has low priority from here on, until `stop` says so. `making` is held meanwhile:
/// two at once would need twice the memory.
pub(super) fn make(plan: &Plan, making: &Mutex<()>, stop: &dyn Fn() -> bool) {
    // On Linux that is this thread alone. Where it fails, pictures are made at the usual priority.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, LOWEST);
    let _one_at_a_time = making.lock().unwrap_or_else(PoisonError::into_inner);
    if stop() {
        return;
    }
    let started = Instant::now();
    let made = plan.make_pictures(&Bar::default(), stop);
    if made > 0 {
        let took = seconds(started.elapsed());
        let made = counted(made, "picture");
        complain(&format!("Made {made} in the background in {took}"));
    }
}
