//! Values out of a data set, as a reader wants them: trimmed, or absent.

use crate::encoded::tree::Node;
use dicom_core::header::HasLength;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use std::borrow::Cow;
use std::str::FromStr;

/// A data set or an item where values are looked up.
pub(crate) trait Source: Copy {
    /// The item of a sequence at `index`, from 0.
    fn item(self, tag: Tag, index: usize) -> Option<Self>;

    /// The values of an attribute as text, separated by backslashes, as they are padded; none when
    /// absent or empty.
    fn text(&self, tag: Tag) -> Option<Cow<'_, str>>;
}

impl Source for &InMemDicomObject {
    fn item(self, tag: Tag, index: usize) -> Option<Self> {
        self.get(tag)?.items()?.get(index)
    }

    fn text(&self, tag: Tag) -> Option<Cow<'_, str>> {
        let element = self.get(tag).filter(|element| !element.is_empty())?;
        // Where an archive forgot the VR and wrote UN, the bytes are taken as text.
        if element.vr() == VR::UN {
            let bytes = element.to_bytes().ok()?;
            return Some(String::from_utf8_lossy(&bytes).into_owned().into());
        }
        let values = element.value().to_multi_str().ok()?;
        Some(values.join("\\").into())
    }
}

impl Source for Node<'_> {
    fn item(self, tag: Tag, index: usize) -> Option<Self> {
        Node::item(&self, tag, index)
    }

    fn text(&self, tag: Tag) -> Option<Cow<'_, str>> {
        Node::text(self, tag)
    }
}

/// A data set, and the functional groups that say the rest when it is multi-frame (PS3.3
/// C.7.6.16).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes<S> {
    root: S,
    shared: Option<S>,
    frame: Option<S>,
}

impl<S: Source> Attributes<S> {
    /// The data set, with the functional groups of its first frame.
    pub fn of(root: S) -> Self {
        Self::of_frame(root, 0)
    }

    /// The data set, with the functional groups of the frame at `index`, from 0.
    pub fn of_frame(root: S, index: usize) -> Self {
        Self {
            root,
            shared: root.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0),
            frame: root.item(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, index),
        }
    }

    /// What `read` makes of the text at the end of a path of tags, each but the last the first item
    /// of a sequence: from the frame's groups, else the shared ones, else the data set itself.
    fn read<T>(&self, path: &[Tag], read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (last, sequences) = path.split_last()?;
        let starts = [self.frame, self.shared, Some(self.root)];
        for start in starts.into_iter().flatten() {
            let holder = sequences.iter().try_fold(start, |holder, tag| holder.item(*tag, 0));
            if let Some(holder) = holder
                && let Some(text) = holder.text(*last)
            {
                return read(&text);
            }
        }
        None
    }

    /// The text of an attribute, its values separated by a backslash; none when absent or empty.
    pub fn text(&self, path: &[Tag]) -> Option<String> {
        self.read(path, |text| {
            let text = trimmed(text);
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    /// The values of an attribute.
    pub fn texts(&self, path: &[Tag]) -> Vec<String> {
        self.read(path, |text| Some(values(text))).unwrap_or_default()
    }

    /// The first value of an attribute as a number, from text or binary; none when absent, empty
    /// or no finite number.
    pub fn number(&self, path: &[Tag]) -> Option<f64> {
        self.numbers::<1>(path).map(|[number]| number)
    }

    /// The first `N` values of an attribute as finite numbers.
    pub fn numbers<const N: usize>(&self, path: &[Tag]) -> Option<[f64; N]> {
        self.read(path, |text| {
            let mut texts = text.split('\\');
            let mut numbers = [0.; N];
            for number in &mut numbers {
                let parsed = f64::from_str(trimmed(texts.next()?)).ok();
                *number = parsed.filter(|number| number.is_finite())?;
            }
            Some(numbers)
        })
    }

    /// The first value of an attribute as a whole number in the range of `T`.
    pub fn whole<T: FromStr>(&self, path: &[Tag]) -> Option<T> {
        self.read(path, |text| trimmed(text.split('\\').next()?).parse().ok())
    }
}

/// The values in a text that are not empty.
pub(super) fn values(text: &str) -> Vec<String> {
    let values = text.split('\\').map(trimmed).filter(|value| !value.is_empty());
    values.map(str::to_owned).collect()
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\0'])
}
