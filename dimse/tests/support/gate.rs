//! A gatekeeper that remembers who called, and lets in whom a test wants.

use std::sync::{Arc, Mutex};

use interval_dimse::Promise;
use interval_dimse::caller::{Admitted, Caller, Gatekeeper, Rejection};

pub struct Gate {
    pub callers: Mutex<Vec<Caller>>,
    pub rule: fn(&Caller) -> Result<Admitted, Rejection>,
}

impl Gate {
    pub fn new(rule: fn(&Caller) -> Result<Admitted, Rejection>) -> Arc<Self> {
        Arc::new(Self { callers: Mutex::default(), rule })
    }
}

impl Gatekeeper for Gate {
    fn admit<'a>(&'a self, caller: &'a Caller) -> Promise<'a, Result<Admitted, Rejection>> {
        self.callers.lock().unwrap().push(caller.clone());
        let admitted = (self.rule)(caller);
        Box::pin(async move { admitted })
    }
}
