"""Take the PDF out of an Encapsulated PDF with pydicom and compare it with the one put in.

Usage: pdf.py OBJECT.dcm PLAIN.pdf      Needs pydicom.
"""

import sys

import pydicom

dataset = pydicom.dcmread(sys.argv[1])
plain = open(sys.argv[2], "rb").read()
assert dataset.Modality == "DOC" and dataset.SeriesNumber == 9004
assert dataset.SeriesDescription.startswith("Interval")
assert len(dataset.EncapsulatedDocument) % 2 == 0
assert dataset.EncapsulatedDocument[: dataset.EncapsulatedDocumentLength] == plain
assert len(dataset.SourceInstanceSequence) == 2
assert str(dataset.PatientName) == "Müller^Zoë", dataset.PatientName
print(f"{len(plain)} bytes identical")
