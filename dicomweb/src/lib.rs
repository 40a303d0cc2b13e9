//! DICOMweb (PS3.18): the words of its requests and answers, for both sides.
//!
//! Nothing here listens, stores or reads pixels. The node has its own door with its own routes; it
//! asks this crate what a request says and how an answer is written. For the other direction there
//! is [`client`].
//!
//! | module | says |
//! |---|---|
//! | [`parameters`] | the query of an address, within its limits |
//! | [`media`] | media types, and which of ours a client would take |
//! | [`multipart`] | bodies of several parts, read and written as they stream |
//! | [`json`] | data sets as DICOM JSON |
//! | [`qido`] | searches, and their answers |
//! | [`wado`] | what is to be retrieved, and how it is to look |
//! | [`stow`] | what became of each stored object |
//! | [`workitem`] | unified procedure steps: state, rules, messages |
//! | [`routes`], [`capabilities`] | the table of all routes; WADL and `OpenAPI` from it |
//! | [`client`] | the same, asked of somebody else's archive |

pub mod capabilities;
pub mod client;
pub mod json;
pub mod media;
pub mod multipart;
pub mod parameters;
pub mod qido;
pub mod routes;
pub mod stow;
pub mod wado;
pub mod workitem;
