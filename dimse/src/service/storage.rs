//! C-STORE as a provider (PS3.4 Annex B, PS3.7 9.1.1).
//!
//! | status | when |
//! |---|---|
//! | 0000H | the host has the object, durably |
//! | B000H | the host has it, but beside another one of the same UID |
//! | 0115H, 0117H | the SOP class or instance UID is not valid; it is used for nothing |
//! | 0122H | the SOP class is not the one of the presentation context |
//! | A700H | too large, or the host has no room for it now |
//! | C000H | no data set, or an empty one |
//! | any other | as the host refuses |

use std::future::Future;

use interval_core::study::Origin;
use interval_core::uid::{ClassUid, InstanceUid, SyntaxUid};

use super::Doing;
use crate::command::{Command, Payload};
use crate::negotiation::Context;
use crate::status::{Refusal, Status};

/// An object that is about to arrive, as its command describes it. Whether the data set agrees is
/// for the host to find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Who sends it, and by which titles.
    pub origin: Origin,
    /// SOP class, of the command and of the presentation context.
    pub class: ClassUid,
    /// SOP instance.
    pub instance: InstanceUid,
    /// How the data set is encoded.
    pub syntax: SyntaxUid,
}

/// How an object was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// As it was sent, or it was there already, byte by byte the same.
    InPlace,
    /// Beside another object of the same UID: the peer gets a warning with this comment.
    Aside {
        /// Plain words without patient data.
        comment: String,
    },
}

/// Who keeps what arrives: the host implements this.
pub trait Receiver: Send + Sync + 'static {
    /// One object on its way in.
    type Reception: Reception;

    /// Begins to take an object, or refuses it before its data set was read.
    fn begin(
        &self,
        incoming: Incoming,
    ) -> impl Future<Output = Result<Self::Reception, Refusal>> + Send;

    /// An association has ended, however it ended: no more objects come on it.
    fn closed(&self, _origin: &Origin) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// One object on its way in. Dropped without [`finish`](Reception::finish) it was never received:
/// the peer went away, or a piece was refused.
pub trait Reception: Send {
    /// Takes the next piece of the data set, as it was sent.
    fn piece(&mut self, piece: &[u8]) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// The data set is complete. Only when this has returned is the peer told of success: it
    /// returns when the object is durable.
    fn finish(self) -> impl Future<Output = Result<Kept, Refusal>> + Send;
}

/// Checks what the command says and asks the host.
pub(crate) async fn begin<R: Receiver>(
    receiver: &R,
    (origin, context): (&Origin, &Context),
    command: &Command,
) -> Doing<R::Reception> {
    let taken = match incoming(origin, context, command) {
        Ok(incoming) => receiver.begin(incoming).await,
        Err(refusal) => Err(refusal),
    };
    match taken {
        Ok(reception) => Doing::Taking(reception),
        Err(refusal) => refusal.into(),
    }
}

fn incoming(origin: &Origin, context: &Context, command: &Command) -> Result<Incoming, Refusal> {
    let class = command.class.parse().map_err(|error| {
        Refusal::with_status(Status::INVALID_ARGUMENT, format!("SOP class: {error}"))
    })?;
    if command.class != context.class {
        let comment = "the SOP class is not the one of its presentation context";
        return Err(Refusal::with_status(Status::CLASS_NOT_SUPPORTED, comment));
    }
    let instance = command.instance.parse().map_err(|error| {
        Refusal::with_status(Status::INVALID_INSTANCE, format!("SOP instance: {error}"))
    })?;
    if command.payload == Payload::None {
        return Err(Refusal::with_status(Status::CANNOT_UNDERSTAND, "no data set was sent"));
    }
    Ok(Incoming { origin: origin.clone(), class, instance, syntax: context.syntax.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::store_request;
    use crate::negotiation::PeerRole;
    use interval_core::audit::TraceId;

    const MR: &str = "1.2.840.10008.5.1.4.1.1.4";

    #[track_caller]
    fn check(class: &str, instance: &str, expected: Result<(), Status>) {
        let origin = Origin {
            calling_ae: "MR1".into(),
            called_ae: "INTERVAL".into(),
            peer: "192.0.2.1".into(),
            association: TraceId(1),
        };
        let syntax = "1.2.840.10008.1.2.1".parse().unwrap();
        let context = Context { class: MR.into(), syntax, peer: PeerRole::User };
        let command = Command::parse(&store_request(1, class, instance)).unwrap();
        let found = incoming(&origin, &context, &command);
        assert_eq!(found.map(|_| ()).map_err(|refusal| refusal.status), expected);
    }

    #[test]
    fn an_object_of_the_agreed_class_is_taken() {
        check(MR, "1.2.3", Ok(()));
    }
    #[test]
    fn an_object_of_another_class_is_refused() {
        check("1.2.840.10008.5.1.4.1.1.2", "1.2.3", Err(Status::CLASS_NOT_SUPPORTED));
    }
    #[test]
    fn a_uid_that_is_none_is_refused() {
        check(MR, "../../escaped", Err(Status::INVALID_INSTANCE));
        check(MR, "1.02.3", Err(Status::INVALID_INSTANCE));
        check(MR, "", Err(Status::INVALID_INSTANCE));
        check("MR", "1.2.3", Err(Status::INVALID_ARGUMENT));
    }
}
