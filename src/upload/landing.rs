//! One file on its way into an upload: an image, or an archive of images, told apart by its first
//! bytes and never by its name.

use super::pile::Pile;
use super::unfit::Unfit;
use super::zip::{Part, Unpacker, is_zip};
use crate::store::blobs::ObjectWriter;
use interval_iod::guard::{Guard, GuardError};
use interval_iod::header;
use std::sync::Arc;

/// How much of a file is kept in memory for its header while it streams.
const HEADER_BYTES_MAX: usize = 1 << 20;

/// Bytes by which a file is told: the mark of DICOM lies behind 128 of them (PS3.10 7.1), that of
/// NIfTI-1 behind 344.
const TOLD_BY: usize = 348;

/// One file on its way in. Whatever is wrong with it is remembered by the upload.
#[derive(Debug)]
pub struct Landing {
    pile: Arc<Pile>,
    name: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Too little came to tell.
    Unknown(Vec<u8>),
    Image(Image),
    Archive {
        unpacker: Box<Unpacker>,
        image: Option<Image>,
    },
    /// It was refused: the rest is not looked at.
    Refused,
}

/// One image on its way in.
#[derive(Debug)]
struct Image {
    name: String,
    start: Vec<u8>,
    /// Bytes that were counted.
    bytes: u64,
    landing: Result<(Guard, ObjectWriter), Unfit>,
}

impl Landing {
    pub(super) fn new(pile: Arc<Pile>, name: &str) -> Self {
        Self { pile, name: name.to_owned(), kind: Kind::Unknown(Vec::new()) }
    }

    /// Takes the next piece, of any size.
    pub fn take(&mut self, piece: &[u8]) {
        match &mut self.kind {
            Kind::Refused => {}
            Kind::Image(image) => image.take(&self.pile, piece),
            Kind::Archive { .. } => self.unpack(piece),
            Kind::Unknown(start) => {
                start.extend_from_slice(piece);
                if start.len() >= TOLD_BY {
                    self.tell();
                }
            }
        }
    }

    /// The file came to its end. Dropped before, nothing of its last image stays.
    pub fn finish(mut self) {
        if matches!(self.kind, Kind::Unknown(_)) {
            self.tell();
        }
        match std::mem::replace(&mut self.kind, Kind::Refused) {
            Kind::Unknown(_) | Kind::Refused => {}
            Kind::Image(image) => image.finish(&self.pile),
            Kind::Archive { unpacker, image } => {
                if let Some(image) = image {
                    image.give_up(&self.pile);
                }
                if let Err(unfit) = unpacker.finish() {
                    self.pile.refuse(&self.name, &unfit);
                }
            }
        }
    }

    /// What the first bytes say.
    fn tell(&mut self) {
        let Kind::Unknown(start) = std::mem::replace(&mut self.kind, Kind::Refused) else { return };
        if is_zip(&start) {
            let unpacker = Box::new(Unpacker::new(self.pile.limits().zip));
            self.kind = Kind::Archive { unpacker, image: None };
            self.unpack(&start);
        } else {
            let mut image = Image::begin(&self.pile, &self.name);
            image.take(&self.pile, &start);
            self.kind = Kind::Image(image);
        }
    }

    fn unpack(&mut self, piece: &[u8]) {
        let Kind::Archive { unpacker, image } = &mut self.kind else { return };
        let pile = &self.pile;
        let unpacked = unpacker.take(piece, &mut |part| match part {
            Part::Begins(name) => *image = wanted(name).then(|| Image::begin(pile, name)),
            Part::Piece(piece) => image.iter_mut().for_each(|image| image.take(pile, piece)),
            Part::Ends => {
                if let Some(image) = image.take() {
                    image.finish(pile);
                }
            }
        });
        if let Err(unfit) = unpacked {
            if let Some(image) = image.take() {
                image.give_up(pile);
            }
            pile.refuse(&self.name, &unfit);
            self.kind = Kind::Refused;
        }
    }
}

/// A file that broke off: nothing of its last image stays.
impl Drop for Landing {
    fn drop(&mut self) {
        let kind = std::mem::replace(&mut self.kind, Kind::Refused);
        if let Kind::Image(image) | Kind::Archive { image: Some(image), .. } = kind {
            image.give_up(&self.pile);
        }
    }
}

/// Folders, and what file managers leave beside files, are passed over.
fn wanted(name: &str) -> bool {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    !(last.is_empty() || last.starts_with('.') || name.starts_with("__MACOSX/"))
}

impl Image {
    fn begin(pile: &Pile, name: &str) -> Self {
        let begun = pile.room().and_then(|()| Ok((Guard::part10(), pile.create()?)));
        Self { name: name.to_owned(), start: Vec::new(), bytes: 0, landing: begun }
    }

    fn take(&mut self, pile: &Pile, piece: &[u8]) {
        let Ok((guard, writer)) = &mut self.landing else { return };
        let room = HEADER_BYTES_MAX.saturating_sub(self.start.len());
        self.start.extend_from_slice(&piece[..room.min(piece.len())]);
        let taken = guard.take(piece).map_err(|error| told(error, &self.start)).and_then(|()| {
            pile.charge(piece.len() as u64)?;
            self.bytes += piece.len() as u64;
            writer.write(piece)?;
            Ok(())
        });
        if let Err(unfit) = taken {
            // The writer goes, and with it what it wrote.
            self.landing = Err(unfit);
        }
    }

    fn finish(self, pile: &Pile) {
        let Self { name, start, bytes, landing } = self;
        let kept = landing.and_then(|(guard, writer)| {
            guard.finish().map_err(|error| told(error, &start))?;
            let stored = writer.finish_passing()?;
            let instance = header::read(&start, stored.digest);
            if instance.is_err() {
                pile.remove(&stored);
            }
            Ok((instance?, stored))
        });
        let unfit = match kept {
            Ok((instance, stored)) => pile.keep(instance, stored).err(),
            Err(unfit) => {
                pile.give_back(bytes);
                Some(unfit)
            }
        };
        if let Some(unfit) = unfit {
            pile.refuse(&name, &unfit);
        }
    }

    fn give_up(self, pile: &Pile) {
        pile.give_back(self.bytes);
    }
}

/// What a file is that is not DICOM.
fn told(error: GuardError, start: &[u8]) -> Unfit {
    if !matches!(error, GuardError::NotPart10) {
        return error.into();
    }
    // NIfTI-1 ends its header with its mark; compressed, only gzip's own mark is seen.
    let is_nifti = start.get(344..347).is_some_and(|mark| mark == b"n+1" || mark == b"ni1");
    if is_nifti || start.starts_with(&[0x1F, 0x8B]) {
        Unfit::Nifti
    } else if is_zip(start) {
        Unfit::Nested
    } else {
        Unfit::NotDicom
    }
}
