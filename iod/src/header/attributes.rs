//! Values out of a parsed data set, as a reader wants them: trimmed, or absent.

use dicom_core::header::HasLength;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;
use std::borrow::Cow;
use std::str::FromStr;

/// A data set, and the functional groups that say the rest when it is multi-frame (PS3.3
/// C.7.6.16).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes<'a> {
    root: &'a InMemDicomObject,
    shared: Option<&'a InMemDicomObject>,
    frame: Option<&'a InMemDicomObject>,
}

impl<'a> Attributes<'a> {
    /// The data set, with the functional groups of its first frame.
    pub fn of(root: &'a InMemDicomObject) -> Self {
        Self::of_frame(root, 0)
    }

    /// The data set, with the functional groups of the frame at `index`, from 0.
    pub fn of_frame(root: &'a InMemDicomObject, index: usize) -> Self {
        let item = |tag, index: usize| root.get(tag)?.items()?.get(index);
        Self {
            root,
            shared: item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0),
            frame: item(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, index),
        }
    }

    /// The element at the end of a path of tags, each but the last the first item of a sequence:
    /// from the frame's groups, else the shared ones, else the data set itself.
    pub fn element(&self, path: &[Tag]) -> Option<&'a InMemElement> {
        [self.frame, self.shared, Some(self.root)]
            .into_iter()
            .flatten()
            .find_map(|start| follow(start, path))
    }

    /// The values of an element as texts. Where an archive forgot the VR and wrote UN, the bytes
    /// are taken as text.
    fn strings(&self, path: &[Tag]) -> Option<Vec<String>> {
        let element = self.element(path)?;
        if element.vr() == VR::UN {
            let bytes = element.to_bytes().ok()?;
            return Some(String::from_utf8_lossy(&bytes).split('\\').map(str::to_owned).collect());
        }
        element.value().to_multi_str().ok().map(Cow::into_owned)
    }

    /// The text of an attribute, its values separated by a backslash; none when absent or empty.
    pub fn text(&self, path: &[Tag]) -> Option<String> {
        let text = self.strings(path)?.join("\\");
        let text = trimmed(&text);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The values of an attribute.
    pub fn texts(&self, path: &[Tag]) -> Vec<String> {
        let text = self.text(path).unwrap_or_default();
        text.split('\\').map(trimmed).filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }

    /// The first value of an attribute as a number, from text or binary; none when absent, empty
    /// or no finite number.
    pub fn number(&self, path: &[Tag]) -> Option<f64> {
        self.numbers::<1>(path).map(|[number]| number)
    }

    /// The first `N` values of an attribute as finite numbers.
    pub fn numbers<const N: usize>(&self, path: &[Tag]) -> Option<[f64; N]> {
        let texts = self.strings(path)?;
        let mut numbers = [0.; N];
        for (at, number) in numbers.iter_mut().enumerate() {
            let parsed = f64::from_str(trimmed(texts.get(at)?)).ok();
            *number = parsed.filter(|number| number.is_finite())?;
        }
        Some(numbers)
    }

    /// The first value of an attribute as a whole number in the range of `T`.
    pub fn whole<T: FromStr>(&self, path: &[Tag]) -> Option<T> {
        let texts = self.strings(path)?;
        trimmed(texts.first()?).parse().ok()
    }
}

fn follow<'a>(start: &'a InMemDicomObject, path: &[Tag]) -> Option<&'a InMemElement> {
    let (last, sequences) = path.split_last()?;
    let holder =
        sequences.iter().try_fold(start, |holder, tag| holder.get(*tag)?.items()?.first())?;
    holder.get(*last).filter(|element| !element.is_empty())
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\0'])
}
