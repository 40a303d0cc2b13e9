//! The A-ASSOCIATE-AC of a peer (PS3.8 9.3.3).
//!
//! Read here and not by dicom-ul: a context that is not accepted needs no transfer syntax to be
//! understood, and some archives leave it out.

use std::collections::{BTreeMap, BTreeSet};

use crate::negotiation::APPLICATION_CONTEXT;

/// Bytes in front of the variable items: header, version, reserved, titles, reserved.
const FIXED_BYTES: usize = 6 + 4 + 16 + 16 + 32;

/// Item types (PS3.8 9.3.3 and D.1).
mod item {
    pub const APPLICATION_CONTEXT: u8 = 0x10;
    pub const CONTEXT_RESULT: u8 = 0x21;
    pub const TRANSFER_SYNTAX: u8 = 0x40;
    pub const USER_INFORMATION: u8 = 0x50;
    pub const MAX_LENGTH: u8 = 0x51;
    pub const ROLES: u8 = 0x54;
}

/// What a peer agreed to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Transfer syntaxes of the accepted presentation contexts, by id.
    pub(crate) accepted: BTreeMap<u8, String>,
    /// Largest P-DATA-TF PDU it takes, in bytes; 0 means any.
    pub(crate) pdu_bytes_max: u32,
    /// Classes of which it lets us be the provider (PS3.7 D.3.3.4).
    pub(crate) provided: BTreeSet<String>,
}

impl Answer {
    /// Reads a whole A-ASSOCIATE-AC PDU; nothing if it makes no sense.
    pub(crate) fn parse(pdu: &[u8]) -> Option<Self> {
        let mut answer = Answer::default();
        for (kind, value) in items(pdu.get(FIXED_BYTES..)?)? {
            match kind {
                item::APPLICATION_CONTEXT if text(value) != APPLICATION_CONTEXT => return None,
                item::CONTEXT_RESULT => {
                    let ([id, _, result, _], syntaxes) = value.split_first_chunk::<4>()?;
                    if *result == 0 {
                        let syntaxes = items(syntaxes)?;
                        let (_, syntax) =
                            syntaxes.iter().find(|(kind, _)| *kind == item::TRANSFER_SYNTAX)?;
                        answer.accepted.insert(*id, text(syntax));
                    }
                }
                item::USER_INFORMATION => {
                    for (kind, value) in items(value)? {
                        match kind {
                            item::MAX_LENGTH => {
                                answer.pdu_bytes_max = u32::from_be_bytes(*value.first_chunk()?);
                            }
                            item::ROLES => {
                                let (class, role) = role(value)?;
                                if role == Role::Ours {
                                    answer.provided.insert(class);
                                }
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Some(answer)
    }
}

/// Whether we may be the provider of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ours,
    Theirs,
}

/// A role selection.
fn role(item: &[u8]) -> Option<(String, Role)> {
    let (length, rest) = item.split_first_chunk()?;
    let (class, roles) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let [_, provider, ..] = roles else { return None };
    Some((text(class), if *provider == 1 { Role::Ours } else { Role::Theirs }))
}

/// Type, a reserved byte, a length of 16 bits, the value (PS3.8 9.3.1).
fn items(mut bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut items = Vec::new();
    while !bytes.is_empty() {
        let ([kind, _, length @ ..], rest) = bytes.split_first_chunk::<4>()?;
        let (value, after) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        items.push((*kind, value));
        bytes = after;
    }
    Some(items)
}

fn text(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    text.trim_end_matches(['\0', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: u8, value: &[u8]) -> Vec<u8> {
        let [high, low] = (value.len() as u16).to_be_bytes();
        [&[kind, 0, high, low], value].concat()
    }

    fn pdu(items: &[Vec<u8>]) -> Vec<u8> {
        [vec![0; FIXED_BYTES], items.concat()].concat()
    }

    #[track_caller]
    fn check(items: &[Vec<u8>], expected: Option<(&[(u8, &str)], u32)>) {
        let found = Answer::parse(&pdu(items));
        let expected = expected.map(|(accepted, pdu_bytes_max)| Answer {
            accepted: accepted.iter().map(|(id, syntax)| (*id, (*syntax).to_owned())).collect(),
            pdu_bytes_max,
            provided: BTreeSet::new(),
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn accepted_contexts_have_a_transfer_syntax() {
        let accepted = item(0x21, &[&[1, 0, 0, 0][..], &item(0x40, b"1.2.840.10008.1.2")].concat());
        let user = item(0x50, &item(0x51, &[0, 0, 0x40, 0]));
        check(&[accepted, user], Some((&[(1, "1.2.840.10008.1.2")], 16_384)));
    }
    #[test]
    fn a_refused_context_may_lack_one() {
        check(&[item(0x21, &[3, 0, 4, 0])], Some((&[], 0)));
    }
    #[test]
    fn an_accepted_context_may_not() {
        check(&[item(0x21, &[3, 0, 0, 0])], None);
    }
    #[test]
    fn an_item_longer_than_the_pdu_makes_no_sense() {
        check(&[vec![0x21, 0, 0xff, 0xff, 1]], None);
    }
    #[test]
    fn another_application_than_dicom_makes_no_sense() {
        check(&[item(0x10, b"1.2.3.4")], None);
    }
}
