//! What is done with a message, and the status that says how it went (PS3.7 section 9).

pub mod storage;
pub(crate) mod verification;

use interval_core::study::Origin;

use crate::command::{Command, Operation};
use crate::negotiation::Context;
use crate::status::{Refusal, Status};
use storage::{Kept, Receiver, Reception};

/// What we still read of a data set that was refused, in bytes: the rest of a usual object. A
/// response may come only after the data set (PS3.7 6.3.1), but nobody may send for ever.
const DRAINED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// An operation between its command and its response.
#[derive(Debug)]
pub(crate) struct Underway<T> {
    command: Command,
    doing: Doing<T>,
    /// Bytes of the data set so far.
    bytes: u64,
    /// How much of a limit is used: an empty piece counts as a byte, so that nothing is endless.
    spent: u64,
    bytes_max: u64,
}

/// What happens to the data set of an operation.
#[derive(Debug)]
pub(crate) enum Doing<T> {
    /// The host takes it.
    Taking(T),
    /// The answer is known already; what still comes is thrown away.
    Answering(Status, String),
}

impl<T> From<Refusal> for Doing<T> {
    fn from(refusal: Refusal) -> Self {
        Doing::Answering(refusal.status, refusal.comment)
    }
}

/// The peer goes on and on with a data set that was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endless;

impl<T: Reception> Underway<T> {
    /// Begins what the command asks.
    pub(crate) async fn begin<R: Receiver<Reception = T>>(
        receiver: &R,
        (origin, context): (&Origin, &Context),
        command: Command,
        bytes_max: u64,
    ) -> Self {
        let doing = match command.operation {
            Operation::Echo => verification::answer(context, &command),
            Operation::Store => storage::begin(receiver, (origin, context), &command).await,
            Operation::Cancel | Operation::Response(_) => {
                Doing::Answering(Status::SUCCESS, String::new())
            }
            Operation::Other(field) => Doing::Answering(
                Status::UNRECOGNISED_OPERATION,
                format!("operation {field:04X}H is not known here"),
            ),
        };
        Self { command, doing, bytes: 0, spent: 0, bytes_max }
    }

    /// Takes the next piece of the data set.
    pub(crate) async fn piece(&mut self, bytes: &[u8]) -> Result<(), Endless> {
        self.bytes += bytes.len() as u64;
        self.spent += (bytes.len() as u64).max(1);
        match &mut self.doing {
            Doing::Taking(_) if self.spent > self.bytes_max => {
                let comment = format!("the object has more than {} bytes", self.bytes_max);
                self.refuse(Refusal::with_status(Status::OUT_OF_RESOURCES, comment));
            }
            Doing::Taking(reception) => {
                if let Err(refusal) = reception.piece(bytes).await {
                    self.refuse(refusal);
                }
            }
            Doing::Answering(..) if self.spent > DRAINED_BYTES_MAX => return Err(Endless),
            Doing::Answering(..) => {}
        }
        Ok(())
    }

    /// From now on the data set is thrown away, and counted anew.
    fn refuse(&mut self, refusal: Refusal) {
        self.doing = refusal.into();
        self.spent = 0;
    }

    /// Ends the operation: the response, if there is one.
    pub(crate) async fn finish(self) -> Option<Vec<u8>> {
        let (status, comment) = match self.doing {
            Doing::Answering(status, comment) => (status, comment),
            Doing::Taking(_) if self.bytes == 0 => {
                (Status::CANNOT_UNDERSTAND, "the data set is empty".to_owned())
            }
            Doing::Taking(reception) => match reception.finish().await {
                Ok(Kept::InPlace) => (Status::SUCCESS, String::new()),
                Ok(Kept::Aside { comment }) => (Status::COERCED, comment),
                Err(refusal) => (refusal.status, refusal.comment),
            },
        };
        // A cancel asks for no answer of its own (PS3.7 9.3.2.3).
        let is_answered = self.command.operation != Operation::Cancel;
        is_answered.then(|| self.command.response(status, &comment))
    }
}
