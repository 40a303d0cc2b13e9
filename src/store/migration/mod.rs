//! The schema, forward only: each step says why it exists.

mod m0001_house;
mod m0003_access;
mod m0004_audit;
mod m0005_catalogue;
mod m0006_routes;
mod m0007_workitem;
mod m0008_authored;
mod m0009_scene;
mod m0010_review;
mod m0011_run;

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait::async_trait};

/// All steps, in order.
pub struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_house::Migration),
            Box::new(m0003_access::Migration),
            Box::new(m0004_audit::Migration),
            Box::new(m0005_catalogue::Migration),
            Box::new(m0006_routes::Migration),
            Box::new(m0007_workitem::Migration),
            Box::new(m0008_authored::Migration),
            Box::new(m0009_scene::Migration),
            Box::new(m0010_review::Migration),
            Box::new(m0011_run::Migration),
        ]
    }
}
