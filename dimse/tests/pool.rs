//! Associations that stay open for the next object.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::time::Duration;

use interval_core::fault::Fault;
use interval_dimse::scu::{Hours, Pool, PoolLimits, ScuError, Traffic};
use support::image::image;
use support::{Event, Node, Temper, impatient, node, policy};

fn limits() -> PoolLimits {
    PoolLimits { idle: Duration::from_millis(400), ..PoolLimits::default() }
}

async fn store(pool: &Pool, instance: &str) {
    for outcome in pool.store(&[image(instance)], Traffic::Urgent).await.unwrap() {
        outcome.result.unwrap();
    }
}

/// Numbers of the associations on which the objects of a node came.
fn associations(node: &Node) -> Vec<u128> {
    let objects = node.objects();
    objects.iter().map(|object| object.incoming.origin.association.0).collect()
}

#[tokio::test]
async fn one_association_carries_one_object_after_the_other() {
    let mut node = node(policy(), Temper::Takes).await;
    let pool = Pool::new(node.as_peer(), limits());
    for instance in ["2.25.11", "2.25.12", "2.25.13"] {
        store(&pool, instance).await;
    }
    let numbers = associations(&node);
    assert!(numbers.len() == 3 && numbers.iter().all(|number| *number == numbers[0]));
    // Nobody needs it any more: it is released in order.
    node.closed().await;
}

#[tokio::test]
async fn an_association_that_the_peer_gave_up_is_opened_again() {
    let node = node(impatient(), Temper::Takes).await;
    let patient = PoolLimits { idle: Duration::from_mins(1), ..limits() };
    let pool = Pool::new(node.as_peer(), patient);
    store(&pool, "2.25.11").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    store(&pool, "2.25.12").await;
    let numbers = associations(&node);
    assert!(numbers.len() == 2 && numbers[0] != numbers[1]);
    pool.close().await;
}

#[tokio::test]
async fn no_more_are_open_at_once_than_the_peer_bears() {
    let mut node = node(policy(), Temper::Takes).await;
    let alone = PoolLimits { at_once: 1, idle: Duration::from_mins(1), ..limits() };
    let pool = Pool::new(node.as_peer(), alone);
    let (one, other) = (store(&pool, "2.25.11"), store(&pool, "2.25.12"));
    tokio::join!(one, other);
    let numbers = associations(&node);
    assert_eq!(numbers[0], numbers[1]);
    pool.close().await;
    while !matches!(node.event().await, Event::Closed(_)) {}
}

#[tokio::test]
async fn what_can_wait_waits_for_the_night() {
    let node = node(policy(), Temper::Takes).await;
    let night = PoolLimits { night: Some(Hours { from: 20, to: 6 }), ..limits() };
    let pool = Pool::new(node.as_peer(), night);
    let objects = [image("2.25.11")];
    let refused = pool.store(&objects, Traffic::Background(12)).await.unwrap_err();
    assert!(matches!(refused, ScuError::NotNow));
    assert_eq!(refused.fault(), Fault::Unavailable);
    assert_eq!(pool.store(&objects, Traffic::Background(23)).await.unwrap().len(), 1);
    assert_eq!(pool.store(&objects, Traffic::Urgent).await.unwrap().len(), 1);
}
