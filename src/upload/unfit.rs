//! Why a file of an upload is not taken, in sentences for the person who brought it.

use interval_iod::guard::GuardError;
use interval_iod::header::HeaderError;

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// Neither DICOM nor an archive.
    #[error("this is not a DICOM file")]
    NotDicom,
    /// Voxels without a patient.
    #[error(
        "NIfTI files name no patient and no study, so that they cannot be filed here; \
         'interval analyze' takes a folder of them"
    )]
    Nifti,
    /// An archive within an archive.
    #[error("an archive within an archive is not opened")]
    Nested,
    /// The entry needs a password.
    #[error("it is locked with a password")]
    Locked,
    /// The entry is packed in a way that is not read here (APPNOTE 4.4.5).
    #[error("it is packed by method {0}; stored and deflated entries are read")]
    Method(u16),
    /// Where the entry ends is said behind it only, which cannot be found while it comes.
    #[error("it does not say how long its entries are; please make it anew with another program")]
    Endless,
    /// The archive is not what it says.
    #[error("the archive is damaged: {0}")]
    Damaged(&'static str),
    /// It unpacks to far more than it is.
    #[error("it unpacks to more than {0} times its size; archives of images do not")]
    Bomb(u64),
    /// Too many entries.
    #[error("an archive has up to {0} entries")]
    Entries(usize),
    /// Too many files.
    #[error("an upload has up to {0} files")]
    Files(usize),
    /// Too many bytes.
    #[error("an upload has up to {0} MiB")]
    Bytes(u64),
    /// Too many studies.
    #[error("an upload has up to {0} studies")]
    Studies(usize),
    /// Another object of the same name is there.
    #[error("another image with the same SOP Instance UID came before it")]
    Twice,
    /// The upload is being handed over.
    #[error("the upload was begun already")]
    Begun,
    /// The scan refused it.
    #[error("it is not a sound DICOM file: {0}")]
    Guard(#[from] GuardError),
    /// It does not say what an instance must say.
    #[error("its header cannot be read: {}", crate::pipeline::sentence(.0))]
    Header(#[from] HeaderError),
    /// The disk refused.
    #[error("it could not be written to the disk of this node")]
    Disk(#[from] std::io::Error),
}
