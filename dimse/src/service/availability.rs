//! Instance Availability Notification as a provider (PS3.4 Annex R): somebody tells us that
//! objects can be had.
//!
//! | status | when |
//! |---|---|
//! | 0000H | the host has taken note |
//! | 0106H | an attribute has a value that is not allowed |
//! | 0120H | an attribute is missing |
//! | 0122H | the service is not offered |
//! | any other | as the host refuses |

use interval_core::uid::{ClassUid, InstanceUid, SeriesUid, StudyUid};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Asked;
use crate::Promise;
use crate::acceptor::trace;
use crate::association::AssociationError;
use crate::caller::Caller;
use crate::dialogue::{Dialogue, During};
use crate::identifier::{CharacterSet, DataSet, Tag, read, tag};
use crate::status::{Refusal, Status};

/// How soon an object can be had: Instance Availability (0008,0056).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// At once.
    Online,
    /// After a while.
    Nearline,
    /// When somebody fetches a medium.
    Offline,
    /// Not at all.
    Unavailable,
}

/// An object that can, or cannot, be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Available {
    /// Its series.
    pub series: SeriesUid,
    /// SOP class.
    pub class: ClassUid,
    /// SOP instance.
    pub instance: InstanceUid,
    /// How soon.
    pub availability: Availability,
    /// The title from which it can be had; empty when that was not said.
    pub retrieve_ae: String,
}

/// What somebody tells of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The study.
    pub study: StudyUid,
    /// Its objects.
    pub objects: Vec<Available>,
}

/// Who wants to know: the host implements this.
pub trait Announced: Send + Sync + 'static {
    /// Takes note.
    fn announced<'a>(
        &'a self,
        caller: &'a Caller,
        notice: Notice,
    ) -> Promise<'a, Result<(), Refusal>>;
}

/// Hears a notice.
pub(crate) async fn hear<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    announced: Option<&dyn Announced>,
) -> Result<(), AssociationError> {
    let heard = match (announced, notice(asked)) {
        (Some(announced), Ok(notice)) => {
            let work = announced.announced(asked.caller, notice);
            match dialogue.during(asked.command.message_id, asked.until, work).await? {
                During::Done(taken) => taken,
                During::Cancelled => Ok(()),
            }
        }
        (Some(_), Err(refusal)) => Err(refusal),
        (None, _) => Err(Refusal::with_status(Status::CLASS_NOT_SUPPORTED, "no notice is awaited")),
    };
    let (status, comment) = match heard {
        Ok(()) => (Status::SUCCESS, String::new()),
        Err(refusal) => (refusal.status, refusal.comment),
    };
    let mut command = asked.command.clone();
    if command.instance.is_empty() {
        // Who names no instance is told which one we made of it (PS3.7 10.1.5.1.4).
        command.instance = InstanceUid::from_u128(trace().0).to_string();
    }
    Ok(dialogue.say(asked.id, &command.response(status, &comment), None).await?)
}

fn notice(asked: &Asked<'_>) -> Result<Notice, Refusal> {
    let set = read(&asked.data_set, asked.encoding())
        .map_err(|error| Refusal::with_status(Status::INVALID_ATTRIBUTE, error.to_string()))?;
    Notice::of(&set)
}

impl Notice {
    /// Reads the attributes of table R.3.2-1.
    fn of(set: &DataSet<'_>) -> Result<Self, Refusal> {
        let study = uid(set, tag::STUDY_INSTANCE_UID, "Study Instance UID")?;
        let mut objects = Vec::new();
        for series in set.items(tag::REFERENCED_SERIES_SEQUENCE) {
            let uid_of_series: SeriesUid =
                uid(series, tag::SERIES_INSTANCE_UID, "Series Instance UID")?;
            for item in series.items(tag::REFERENCED_SOP_SEQUENCE) {
                objects.push(Available::of(item, &uid_of_series)?);
            }
        }
        if objects.is_empty() {
            return Err(missing("Referenced Series Sequence"));
        }
        Ok(Self { study, objects })
    }
}

impl Available {
    fn of(item: &DataSet<'_>, series: &SeriesUid) -> Result<Self, Refusal> {
        let text = |tag| item.text(tag, &CharacterSet::Undeclared).unwrap_or_default();
        let availability = match text(tag::INSTANCE_AVAILABILITY).trim() {
            "ONLINE" => Availability::Online,
            "NEARLINE" => Availability::Nearline,
            "OFFLINE" => Availability::Offline,
            "UNAVAILABLE" => Availability::Unavailable,
            "" => return Err(missing("Instance Availability")),
            _ => return Err(invalid("Instance Availability")),
        };
        Ok(Self {
            series: series.clone(),
            class: uid(item, tag::REFERENCED_SOP_CLASS_UID, "Referenced SOP Class UID")?,
            instance: uid(item, tag::REFERENCED_SOP_INSTANCE_UID, "Referenced SOP Instance UID")?,
            availability,
            retrieve_ae: text(tag::RETRIEVE_AE_TITLE).trim().to_owned(),
        })
    }
}

fn missing(what: &str) -> Refusal {
    Refusal::with_status(Status::MISSING_ATTRIBUTE, format!("{what} is missing"))
}

fn invalid(what: &str) -> Refusal {
    Refusal::with_status(Status::INVALID_ATTRIBUTE, format!("{what} is not valid"))
}

fn uid<T: std::str::FromStr>(set: &DataSet<'_>, tag: Tag, what: &str) -> Result<T, Refusal> {
    let text = set.text(tag, &CharacterSet::Undeclared).ok_or_else(|| missing(what))?;
    text.trim().parse().map_err(|_| invalid(what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::{Encoding, Writer};

    #[track_caller]
    fn check(study: &str, availability: &str, expected: Result<Availability, Status>) {
        let mut writer = Writer::new(Encoding::Implicit);
        writer.sequence(tag::REFERENCED_SERIES_SEQUENCE, |series| {
            series.item(|series| {
                series.sequence(tag::REFERENCED_SOP_SEQUENCE, |items| {
                    items.item(|item| {
                        item.text(tag::RETRIEVE_AE_TITLE, *b"AE", "PACS");
                        item.text(tag::INSTANCE_AVAILABILITY, *b"CS", availability);
                        item.text(tag::REFERENCED_SOP_CLASS_UID, *b"UI", "1.2");
                        item.text(tag::REFERENCED_SOP_INSTANCE_UID, *b"UI", "1.2.3");
                    });
                });
                series.text(tag::SERIES_INSTANCE_UID, *b"UI", "1.3");
            });
        });
        writer.text(tag::STUDY_INSTANCE_UID, *b"UI", study);
        let bytes = writer.into_bytes();
        let notice = Notice::of(&read(&bytes, Encoding::Implicit).unwrap());
        let found = notice.map(|notice| notice.objects[0].availability);
        assert_eq!(found.map_err(|refusal| refusal.status), expected);
    }

    #[test]
    fn a_notice_tells_how_soon_objects_can_be_had() {
        check("1.9", "ONLINE", Ok(Availability::Online));
        check("1.9", "UNAVAILABLE", Ok(Availability::Unavailable));
        check("1.9", "SOON", Err(Status::INVALID_ATTRIBUTE));
        check("1.9", "", Err(Status::MISSING_ATTRIBUTE));
        check("", "ONLINE", Err(Status::INVALID_ATTRIBUTE));
    }
}
