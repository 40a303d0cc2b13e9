//! C-ECHO as a provider (PS3.4 Annex A, PS3.7 9.1.5).

use super::Doing;
use crate::classes::VERIFICATION;
use crate::command::Command;
use crate::negotiation::Context;
use crate::status::Status;

/// An echo is answered where Verification was agreed: 0000H, else 0122H.
pub(crate) fn answer<T>(context: &Context, command: &Command) -> Doing<T> {
    if context.class == VERIFICATION && command.class == VERIFICATION {
        Doing::Answering(Status::SUCCESS, String::new())
    } else {
        let comment = "this context is not for Verification".to_owned();
        Doing::Answering(Status::CLASS_NOT_SUPPORTED, comment)
    }
}
