//! The worker's clocks and its timer.

use samsyn_shared::time::{Monotonic, Now, UnixMillis};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, Performance};

/// Reads the time.
pub struct Clock {
    performance: Option<Performance>,
}

impl Clock {
    /// The clocks of a worker.
    pub fn new(scope: &DedicatedWorkerGlobalScope) -> Self {
        Self {
            performance: scope.performance(),
        }
    }

    /// Both clocks.
    pub fn now(&self) -> Now {
        let wall = js_sys::Date::now();
        let monotonic = self.performance.as_ref().map_or(wall, Performance::now);
        Now {
            monotonic: Monotonic(whole(monotonic)),
            wall: UnixMillis(whole(wall).cast_signed()),
        }
    }

    /// Calls `then` when `wake` has come.
    pub fn at(
        &self,
        scope: &DedicatedWorkerGlobalScope,
        wake: Monotonic,
        then: impl FnOnce() + 'static,
    ) -> Timer {
        let millis = wake.0.saturating_sub(self.now().monotonic.0);
        let millis = i32::try_from(millis).unwrap_or(i32::MAX);
        Timer::new(scope, millis, then)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, which is right"
)]
fn whole(millis: f64) -> u64 {
    millis as u64
}

/// A timer that is running; dropping it stops it.
pub struct Timer {
    scope: DedicatedWorkerGlobalScope,
    handle: i32,
    _then: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls `then` after so long.
    pub fn new(
        scope: &DedicatedWorkerGlobalScope,
        millis: i32,
        then: impl FnOnce() + 'static,
    ) -> Self {
        let then = Closure::once(then);
        let handle = scope
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                then.as_ref().unchecked_ref(),
                millis,
            )
            .unwrap_or_default();
        Self {
            scope: scope.clone(),
            handle,
            _then: then,
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.scope.clear_timeout_with_handle(self.handle);
    }
}
