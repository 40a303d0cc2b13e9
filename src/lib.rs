//! The node: the only place where the parts meet. `pipeline::analyse` is the product on one screen.

pub mod archive;
pub mod arrivals;
pub mod audit;
pub mod cli;
pub mod config;
pub mod ingest;
pub mod keys;
mod lasting;
pub mod models;
pub mod node;
pub mod operations;
pub mod peers;
pub mod phantom;
pub mod pipeline;
pub mod priors;
pub mod review;
pub mod runtime;
pub mod seal;
pub mod statement;
pub mod store;
pub mod tenancy;
pub mod upload;
pub mod usage;
mod validity;
mod watermark;
pub mod web;
