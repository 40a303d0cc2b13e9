//! `interval user`: who has signed in here, and who may not any more.

use super::{Ended, Failure, Place, fail, refused_by_store, stamp, write_json};
use crate::store::user::{Switch, User};
use clap::{Args, Subcommand};
use interval_core::access::{Action as Right, Denied, Permit, PersonId, Policy, Principal, permit};
use interval_core::fault::Fault;
use serde::Serialize;
use std::time::SystemTime;

/// Look at the people who use the node, and switch them off and on.
///
/// A person is written as the identity provider names them: ISSUER#SUBJECT, as the list shows.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval user list\n  \
                        interval user disable 'https://id.example/realms/ward#248289761001'\n  \
                        interval user enable 'https://id.example/realms/ward#248289761001'")]
pub struct UserCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List everybody who signed in or was assigned.
    List,
    /// Let a person do nothing any more: no sign-in, and no assignment of theirs holds.
    Disable {
        /// ISSUER#SUBJECT.
        person: PersonId,
    },
    /// Let a person do again what their roles and assignments say.
    Enable {
        /// ISSUER#SUBJECT.
        person: PersonId,
    },
}

/// A person for machines.
#[derive(Debug, Serialize)]
struct UserRecord {
    number: String,
    person: String,
    name: String,
    roles: Vec<&'static str>,
    last_sign_in: Option<String>,
    disabled_since: Option<String>,
}

impl From<&User> for UserRecord {
    fn from(user: &User) -> Self {
        Self {
            number: user.number.to_string(),
            person: user.person.to_string(),
            name: user.name.clone(),
            roles: user.roles.iter().map(|role| role.as_str()).collect(),
            last_sign_in: user.seen.map(stamp::show),
            disabled_since: user.disabled.map(stamp::show),
        }
    }
}

/// What the operator is permitted.
pub(super) fn permitted(right: Right, now: SystemTime) -> Result<Permit, Failure> {
    let refused = |denied: Denied| Failure::refused(format!("not permitted: {denied}"));
    permit(&Policy::house(), &Principal::Operator, right, now).map_err(refused)
}

impl UserCommand {
    pub(super) async fn run(self) -> Ended {
        let store = self.place.store().await?;
        let json = self.place.json.as_deref();
        let now = SystemTime::now();
        let (person, switch) = match self.action {
            Action::List => {
                permitted(Right::Oversee, now)?;
                let users = store.users().await.map_err(fail(Fault::Unavailable))?;
                let records: Vec<_> = users.iter().map(UserRecord::from).collect();
                if json.is_none() {
                    records.iter().for_each(print_line);
                }
                return write_json(json, &records);
            }
            Action::Disable { person } => (person, Switch::Disabled),
            Action::Enable { person } => (person, Switch::Enabled),
        };
        let permit = permitted(Right::Administer, now)?;
        let turned = store.turn(&permit, &person, switch, now).await;
        let user = turned.map_err(refused_by_store)?;
        let record = UserRecord::from(&user);
        if json.is_none() {
            print_line(&record);
        }
        write_json(json, &record)
    }
}

fn print_line(user: &UserRecord) {
    let UserRecord { person, name, roles, last_sign_in, disabled_since, .. } = user;
    let seen = last_sign_in.as_deref().unwrap_or("never");
    let state = match disabled_since {
        Some(since) => format!("disabled since {since}"),
        None => "enabled".to_owned(),
    };
    println!("{person}  {name}  [{}]  last sign-in {seen}  {state}", roles.join(", "));
}
