//! What the routes do, one file a noun.

pub mod admin;
pub mod analyse;
pub mod assignments;
pub mod audit;
pub mod documents;
pub mod events;
pub mod glass;
pub mod health;
pub mod jobs;
pub mod me;
pub mod models;
pub mod patients;
pub mod review;
pub mod scene;
pub mod series;
pub mod sign_in;
pub mod timeline;
pub mod trail;
pub mod uploads;
pub mod users;
pub mod worklist;
