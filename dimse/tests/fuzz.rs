//! PDUs and commands that are almost right: none stops us, none takes memory.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "../../tests/fuzz/mod.rs"]
mod fuzz;

use bytes::Bytes;
use fuzz::pelt;
use interval_dimse::command::Command;
use interval_dimse::message::{Fragment, Waiting};
use interval_dimse::understands;

/// An item of PS3.8 9.3: type, reserved, length, content.
fn item(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 0], &length[..], content].concat()
}

fn pdu(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 0], &length[..], content].concat()
}

/// A-ASSOCIATE-RQ with two contexts, roles and an identity.
fn association() -> Vec<u8> {
    let syntax = item(0x40, b"1.2.840.10008.1.2.1");
    let context = |number: u8, class: &[u8]| {
        item(0x20, &[&[number, 0, 0, 0][..], &item(0x30, class), &syntax].concat())
    };
    let user = [
        item(0x51, &16_384_u32.to_be_bytes()),
        item(0x52, b"2.25.20071"),
        item(0x54, &[&[0, 17][..], b"1.2.840.10008.1.1", &[1, 1]].concat()),
        item(0x58, &[&[2, 1, 0, 4][..], b"name", &[0, 4], b"word"].concat()),
    ];
    let titles = format!("{:<16}{:<16}", "INTERVAL", "SCANNER");
    let content = [
        &[0, 1, 0, 0][..],
        titles.as_bytes(),
        &[0; 32],
        &item(0x10, b"1.2.840.10008.3.1.1.1"),
        &context(1, b"1.2.840.10008.1.1"),
        &context(3, b"1.2.840.10008.5.1.4.1.1.4"),
        &item(0x50, &user.concat()),
    ];
    pdu(1, &content.concat())
}

/// A command set of PS3.7 E.1.
fn command(elements: &[(u16, &[u8])]) -> Vec<u8> {
    let element = |number: u16, value: &[u8]| {
        let mut value = value.to_vec();
        value.resize(value.len().next_multiple_of(2), 0);
        let length = u32::try_from(value.len()).unwrap().to_le_bytes();
        [&[0, 0][..], &number.to_le_bytes(), &length, &value].concat()
    };
    let body: Vec<u8> = elements.iter().flat_map(|(n, value)| element(*n, value)).collect();
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [element(0, &length), body].concat()
}

fn commands() -> Vec<Vec<u8>> {
    let class = b"1.2.840.10008.5.1.4.1.1.4";
    let echo = command(&[
        (2, b"1.2.840.10008.1.1"),
        (0x100, &[0x30, 0]),
        (0x110, &[1, 0]),
        (0x800, &[1, 1]),
    ]);
    let store = command(&[
        (2, class),
        (0x100, &[1, 0]),
        (0x110, &[1, 0]),
        (0x700, &[0, 0]),
        (0x800, &[1, 0]),
        (0x1000, b"2.25.17"),
    ]);
    let moving = command(&[
        (2, b"1.2.840.10008.5.1.4.1.2.2.2"),
        (0x100, &[0x21, 0]),
        (0x110, &[1, 0]),
        (0x600, b"VIEWER"),
        (0x700, &[0, 0]),
        (0x800, &[1, 0]),
    ]);
    vec![echo, store, moving]
}

#[test]
fn pdus_that_are_almost_right_stop_nothing() {
    let fragment = [&[0, 0, 0, 6, 1, 3][..], &[1, 2, 3, 4]].concat();
    let seeds = vec![
        association(),
        pdu(4, &fragment),
        pdu(5, &[0; 4]),
        pdu(7, &[0, 0, 2, 0]),
        pdu(3, &[0, 1, 1, 7]),
    ];
    pelt("pdu", &seeds, |input| understands(Bytes::copy_from_slice(input)));
}

#[test]
fn commands_that_are_almost_right_stop_nothing() {
    pelt("command", &commands(), |input| Command::parse(input).is_ok());
}

#[test]
fn messages_in_fragments_that_are_almost_right_stop_nothing() {
    let seeds: Vec<Vec<u8>> = commands()
        .iter()
        .map(|command| {
            let (first, rest) = command.split_at(command.len() / 2);
            let fragment = |control: u8, data: &[u8]| {
                let length = u32::try_from(data.len() + 2).unwrap().to_be_bytes();
                [&length[..], &[1, control], data].concat()
            };
            [fragment(1, first), fragment(3, rest)].concat()
        })
        .collect();
    pelt("message", &seeds, |input| {
        let (mut content, mut waiting) = (Bytes::copy_from_slice(input), Waiting::ForCommand);
        loop {
            match Fragment::take(&mut content) {
                Ok(Some(fragment)) => match waiting.after(&fragment) {
                    Ok((next, _)) => waiting = next,
                    Err(_) => return false,
                },
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    });
}
