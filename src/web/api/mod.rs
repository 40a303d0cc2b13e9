//! What the routes do, one file a noun.

pub mod assignments;
pub mod audit;
pub mod documents;
pub mod events;
pub mod glass;
pub mod health;
pub mod jobs;
pub mod me;
pub mod patients;
pub mod sign_in;
pub mod timeline;
pub mod trail;
pub mod users;
pub mod worklist;
