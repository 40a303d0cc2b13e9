//! The words and the rules of Interval: read this first.
//!
//! `core` is the hub. It does no I/O, has no clock and knows no DICOM library; every other part
//! speaks one language of the hospital and translates it into the words below.
//!
//! # Glossary
//!
//! | word | means | module |
//! |---|---|---|
//! | *study*, *series*, *instance* | the DICOM hierarchy, as received | [`study`] |
//! | *role* | what a series shows: T1, T1c, T2, FLAIR, or something else | [`role`] |
//! | *prior* | an earlier study of the same patient | [`timepoint`] |
//! | *timepoint* | a study in its timeline, brought into one space with the others | [`timepoint`] |
//! | *reference* | the timepoint others are compared with: a *baseline* only when surgery and radiotherapy dates say so, else "earliest available" | [`timepoint`] |
//! | *nadir* | the timepoint with the smallest burden so far | [`timepoint`] |
//! | *lesion*, *track* | one connected tumour at one timepoint; the same tumour through time, under one Tracking UID for life | [`lesion`] |
//! | *region* | enhancing (ET), non-enhancing core (NETC), surrounding FLAIR hyperintensity (SNFH), resection cavity (RC) | [`lesion`] |
//! | *response* | the category by a named criteria table | [`response`] |
//! | *review*, *judgement* | where a result stands with humans; what one of them says of it | [`review`] |
//! | *doubt* | what a person should know: never an error | [`assessment`] |
//! | *fault* | what a machine should do about a failure | [`fault`] |
//! | *stage* | one verb in the way of a study | [`stage`] |
//! | *completeness* | whether all of a study is here, by evidence | [`completeness`] |
//! | *job* | the work on one study: leased, retried, finished once | [`job`] |
//! | *artefact* | the output of a stage, named by the digest of everything that went into it | [`digest`] |
//! | *audit event*, *record* | who did what to which thing; the same in its place in the log | [`audit`] |
//! | *grant*, *panel* | proof that a caller may touch one patient; or a set of them, for lists | [`access`] |
//! | *permit* | proof that a caller may do what is about no patient: users, assignments, the audit log | [`access`] |
//! | *assignment*, *standing* | one person in the care of one patient; all that connects the two | [`access`] |
//! | *query*, *criterion* | a question about what is held, from either door; what one attribute has to be | [`query`] |
//! | *broken glass* | a patient's data opened in an emergency: reason, hours, review | [`access`] |
//!
//! Spaces are types ([`geometry`]): a voxel index is not a millimetre, and left is not right.

pub mod access;
pub mod assessment;
pub mod audit;
pub mod completeness;
pub mod digest;
pub mod fault;
pub mod geometry;
pub mod job;
pub mod lesion;
pub mod patient;
pub mod phantom;
pub mod query;
pub mod response;
pub mod review;
pub mod role;
pub mod stage;
pub mod study;
pub mod timepoint;
pub mod uid;
pub mod units;
pub mod volume;
