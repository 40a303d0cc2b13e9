//! What is done with a message, and the status that says how it went (PS3.7 section 9).

pub mod availability;
pub mod commitment;
pub mod query;
pub mod retrieve;
pub mod storage;
pub(crate) mod verification;

use bytes::Bytes;
use interval_core::study::Origin;
use tokio::time::{Duration, Instant};

use crate::caller::Caller;
use crate::classes::{Service, service_of};
use crate::command::{Command, Operation, Payload};
use crate::identifier::{DATA_SET_BYTES_MAX, Encoding};
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
    /// It is kept in memory: it says what is asked.
    Collecting(Vec<u8>),
    /// The answer is known already; what still comes is thrown away.
    Answering(Status, String),
}

/// How the message of an operation ended.
#[derive(Debug)]
pub(crate) enum Finished {
    /// There is no response.
    Silently,
    /// This is the response.
    With(Vec<u8>),
    /// Here is what is asked.
    Collected(Command, Vec<u8>),
}

/// What is asked with a data set that is not an object.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Presentation context.
    pub(crate) id: u8,
    pub(crate) context: &'a Context,
    pub(crate) command: Command,
    pub(crate) data_set: Bytes,
    pub(crate) caller: &'a Caller,
    /// How long the host may take, and the peer for one object.
    pub(crate) patience: Duration,
    /// When nobody waits any longer for the host.
    pub(crate) until: Instant,
}

impl Asked<'_> {
    /// How data sets are encoded on its context.
    pub(crate) fn encoding(&self) -> Encoding {
        Encoding::of(self.context.syntax.as_str())
    }
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
            Operation::Find
            | Operation::Get
            | Operation::Move(_)
            | Operation::EventReport(_)
            | Operation::Action(_)
            | Operation::Create => collecting(context, &command),
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
            Doing::Collecting(_) if self.spent > DATA_SET_BYTES_MAX as u64 => {
                let comment = format!("the data set has more than {DATA_SET_BYTES_MAX} bytes");
                self.refuse(Refusal::with_status(Status::OUT_OF_RESOURCES, comment));
            }
            Doing::Collecting(collected) => collected.extend_from_slice(bytes),
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

    /// Ends the message: the response, if it can be given yet.
    pub(crate) async fn finish(self) -> Finished {
        let (status, comment) = match self.doing {
            Doing::Answering(status, comment) => (status, comment),
            Doing::Collecting(collected) => return Finished::Collected(self.command, collected),
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
        match self.command.operation {
            Operation::Cancel => Finished::Silently,
            _ => Finished::With(self.command.response(status, &comment)),
        }
    }
}

/// Whether an operation is one of the service of a class.
fn fits(operation: &Operation, class: &str) -> bool {
    matches!(
        (operation, service_of(class)),
        (Operation::Find, Some(Service::Find))
            | (Operation::Get, Some(Service::Get))
            | (Operation::Move(_), Some(Service::Move))
            | (Operation::Create, Some(Service::Availability))
            | (Operation::EventReport(_) | Operation::Action(_), Some(Service::Commitment))
    )
}

/// An operation whose data set says what is asked, where its class was agreed.
fn collecting<T>(context: &Context, command: &Command) -> Doing<T> {
    if !fits(&command.operation, &context.class) {
        let comment = "this context is not for that operation".to_owned();
        return Doing::Answering(Status::UNRECOGNISED_OPERATION, comment);
    }
    if command.class != context.class {
        let comment = "the SOP class is not the one of its presentation context".to_owned();
        return Doing::Answering(Status::CLASS_NOT_SUPPORTED, comment);
    }
    if command.payload == Payload::None {
        return Doing::Answering(Status::MISSING_ATTRIBUTE, "no data set was sent".to_owned());
    }
    Doing::Collecting(Vec::new())
}
