//! A peer that says whatever bytes it likes.

use std::net::SocketAddr;

use dicom_ul::pdu::{
    AssociationAC, AssociationRQ, PDataValue, PDataValueType, Pdu, PresentationContextProposed,
    UserVariableItem, read_pdu, write_pdu,
};
use interval_dimse::command::{Command, echo_request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::image::{EXPLICIT, MR};

pub const VERIFICATION: &str = "1.2.840.10008.1.1";
pub const IMPLICIT: &str = "1.2.840.10008.1.2";

/// The context of Verification in [`request`].
pub const ECHO: u8 = 1;
/// The context of MR images in [`request`].
pub const STORE: u8 = 3;

pub struct Raw {
    pub stream: TcpStream,
}

pub fn context(id: u8, class: &str, syntaxes: &[&str]) -> PresentationContextProposed {
    PresentationContextProposed {
        id,
        abstract_syntax: class.into(),
        transfer_syntaxes: syntaxes.iter().map(|syntax| (*syntax).into()).collect(),
    }
}

/// A request for Verification and MR images.
pub fn request() -> AssociationRQ {
    AssociationRQ {
        protocol_version: 1,
        calling_ae_title: "TESTER".into(),
        called_ae_title: "INTERVAL".into(),
        application_context_name: "1.2.840.10008.3.1.1.1".into(),
        presentation_contexts: vec![
            context(ECHO, VERIFICATION, &[IMPLICIT]),
            context(STORE, MR, &[EXPLICIT]),
        ],
        user_variables: vec![
            UserVariableItem::MaxLength(16_384),
            UserVariableItem::ImplementationClassUID("2.25.1".into()),
        ],
    }
}

pub fn encoded(pdu: &Pdu) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_pdu(&mut bytes, pdu).unwrap();
    bytes
}

pub fn command(context: u8, is_last: bool, data: &[u8]) -> PDataValue {
    let value_type = PDataValueType::Command;
    PDataValue { presentation_context_id: context, value_type, is_last, data: data.to_vec() }
}

pub fn data(context: u8, is_last: bool, data: &[u8]) -> PDataValue {
    let value_type = PDataValueType::Data;
    PDataValue { presentation_context_id: context, value_type, is_last, data: data.to_vec() }
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        Raw { stream: TcpStream::connect(address).await.unwrap() }
    }

    /// Connects from another address of this machine.
    pub async fn connect_from(here: &str, address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{here}:0").parse().unwrap()).unwrap();
        Raw { stream: socket.connect(address).await.unwrap() }
    }

    /// Connects and associates; the answer may be anything.
    pub async fn associate(address: SocketAddr, request: AssociationRQ) -> (Self, Pdu) {
        let mut raw = Self::connect(address).await;
        raw.send(&Pdu::AssociationRQ(request)).await;
        let answer = raw.pdu().await;
        (raw, answer)
    }

    /// An association for Verification and MR images.
    pub async fn open(address: SocketAddr) -> Self {
        let (raw, answer) = Self::associate(address, request()).await;
        assert!(matches!(answer, Pdu::AssociationAC(AssociationAC { .. })), "{answer:?}");
        raw
    }

    pub async fn bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub async fn send(&mut self, pdu: &Pdu) {
        self.bytes(&encoded(pdu)).await;
    }

    /// One P-DATA-TF PDU with these fragments.
    pub async fn say(&mut self, fragments: impl IntoIterator<Item = PDataValue>) {
        self.send(&Pdu::PData { data: fragments.into_iter().collect() }).await;
    }

    pub async fn pdu(&mut self) -> Pdu {
        let bytes = self.pdu_bytes().await.unwrap();
        read_pdu(&bytes[..], 1 << 20, true).unwrap().unwrap()
    }

    /// The next PDU with its header; nothing when the connection is closed.
    pub async fn pdu_bytes(&mut self) -> Option<Vec<u8>> {
        let mut pdu = vec![0; 6];
        self.stream.read_exact(&mut pdu).await.ok()?;
        let length = u32::from_be_bytes([pdu[2], pdu[3], pdu[4], pdu[5]]);
        pdu.resize(6 + length as usize, 0);
        self.stream.read_exact(&mut pdu[6..]).await.ok()?;
        Some(pdu)
    }

    /// The next response: its context and its command.
    pub async fn response(&mut self) -> (u8, Command) {
        match self.pdu().await {
            Pdu::PData { data } => {
                let [only] = &data[..] else { panic!("{} fragments", data.len()) };
                (only.presentation_context_id, Command::parse(&only.data).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    /// Reason of the A-ABORT of a service provider that comes next (PS3.8 table 9-26).
    pub async fn abort_reason(&mut self) -> u8 {
        let pdu = self.pdu_bytes().await.unwrap();
        assert_eq!((pdu[0], pdu[8]), (7, 2), "{pdu:?}");
        pdu[9]
    }

    pub async fn is_closed(&mut self) -> bool {
        self.pdu_bytes().await.is_none()
    }

    /// Whether the association still lives.
    pub async fn echoes(&mut self) -> bool {
        self.say([command(ECHO, true, &echo_request(77, VERIFICATION))]).await;
        let (context, response) = self.response().await;
        (context, response.message_id) == (ECHO, 77)
    }
}

/// A provider in the hands of a test: the next connection to it.
pub struct RawProvider {
    listener: TcpListener,
}

impl RawProvider {
    pub async fn bind() -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (RawProvider { listener }, address)
    }

    pub async fn next(&self) -> Raw {
        Raw { stream: self.listener.accept().await.unwrap().0 }
    }
}
