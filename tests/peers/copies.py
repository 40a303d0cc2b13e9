"""A study of head size and copies of it: 4 series of 256 x 256 at 16 bit, 132 KB an image. The
same seed gives the same bytes; only UIDs, patient and numbers differ between copies."""
import hashlib
import io
import struct

from mr import MR_IMAGE, image
from pydicom.filewriter import dcmwrite

SIDE = 256
SERIES = 4
SLICES = 160

# Digits of every UID made here, so that one is put in the place of another.
UID_DIGITS = 36


def uid(*words):
    number = int.from_bytes(hashlib.sha256("|".join(map(str, words)).encode()).digest()[:14], "big")
    return "2.25." + str(number % 10 ** UID_DIGITS).rjust(UID_DIGITS, "7")


def _pixels(series, number):
    """Structure that a codec finds work in: a ramp with a disc, not noise and not empty."""
    line = [(column * 3 + number * 5 + series * 11) % 997 for column in range(2 * SIDE)]
    rows = []
    for row in range(SIDE):
        shifted = line[row:row + SIDE]
        rows.append(struct.pack("<%dH" % SIDE, *shifted))
    return b"".join(rows)


class Study:
    """Templates of the images of a study; `copy` fills in who and which."""

    def __init__(self, slices=SLICES, series=SERIES):
        self.templates = []
        for one in range(series):
            for number in range(slices):
                self.templates.append((one, self._template(one, number)))

    @staticmethod
    def _template(series, number):
        made = image(uid("instance"), uid("study"), uid("series"))
        made.PatientID, made.PatientName = "BENCH-000000", "Bench^000000"
        made.SeriesNumber, made.InstanceNumber = series + 1, number + 1
        made.SeriesDescription = ["T1", "T1c", "T2", "FLAIR"][series % 4]
        made.ImagePositionPatient = [0, 0, number]
        made.FrameOfReferenceUID = uid("frame")
        made.Rows = made.Columns = SIDE
        made.PixelData = _pixels(series, number)
        content = io.BytesIO()
        dcmwrite(content, made, enforce_file_format=True)
        return content.getvalue()

    def copy(self, seed):
        """[(SOP Instance UID, Part 10 bytes)] of a further study."""
        study, frame, who = uid(seed, "study"), uid(seed, "frame"), "%06d" % (hash_of(seed) % 10 ** 6)
        made = []
        for number, (series, template) in enumerate(self.templates):
            instance = uid(seed, number)
            bytes_ = template
            for old, new in ((uid("instance"), instance), (uid("study"), study),
                             (uid("series"), uid(seed, "series", series)), (uid("frame"), frame)):
                bytes_ = bytes_.replace(old.encode(), new.encode())
            bytes_ = bytes_.replace(b"BENCH-000000", b"BENCH-" + who.encode())
            made.append((instance, bytes_.replace(b"Bench^000000", b"Bench^" + who.encode())))
        return made


def hash_of(seed):
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:6], "big")


def data_set(part10):
    """What follows the file meta information (PS3.10 7.1)."""
    length = struct.unpack_from("<I", part10, 140)[0]
    return part10[144 + length:]


SOP_CLASS = MR_IMAGE
