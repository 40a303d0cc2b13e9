"""Compare the pixels of objects with those of the same objects written again.

Usage: pixels.py FOLDER
FOLDER holds NAME.before and NAME.after in pairs, both Part 10. What was compressed with loss may
differ by what decoders round. Needs pydicom and numpy; JPEG is decoded by dcmdjpeg.
"""

import pathlib
import subprocess
import sys
import warnings

import numpy
import pydicom

warnings.simplefilter("ignore")
# Inverse transforms of JPEG are allowed to differ by one (ISO 10918-2).
ROUNDED = 1
DESCRIPTION = (
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "LossyImageCompression", "PatientName", "WindowCenter", "SOPInstanceUID",
)


def decoded(file):
    """The object, its JPEG decoded by dcmtk."""
    found = pydicom.dcmread(file)
    if not found.file_meta.TransferSyntaxUID.startswith("1.2.840.10008.1.2.4.") or (
        found.file_meta.TransferSyntaxUID in ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
    ):
        return found
    plain = file.with_suffix(".decoded")
    subprocess.run(["dcmdjpeg", file, plain], check=True)
    return pydicom.dcmread(plain)


count = 0
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.before")):
    before, after = decoded(file), pydicom.dcmread(file.with_suffix(".after"))
    for keyword in DESCRIPTION:
        assert before.get(keyword) == after.get(keyword), f"{file.name}: {keyword}"
    assert not after.file_meta.TransferSyntaxUID.is_compressed, file.name
    wanted, found = (numpy.asarray(d.pixel_array, dtype=int) for d in (before, after))
    assert wanted.shape == found.shape, f"{file.name}: {wanted.shape} {found.shape}"
    lossy = before.get("LossyImageCompression") == "01"
    allowed = ROUNDED if lossy else 0
    assert abs(wanted - found).max() <= allowed, f"{file.name}: {abs(wanted - found).max()}"
    count += 1
print(count, "objects have the same pixels")
