"""A small MR image: mr.py FILE SOP_INSTANCE_UID"""
import sys

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
SIDE = 64


def image(uid, study="2.25.1", series="2.25.2"):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MR_IMAGE
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = MR_IMAGE, uid
    data.StudyInstanceUID, data.SeriesInstanceUID = study, series
    data.StudyDate, data.StudyTime, data.AccessionNumber = "20240110", "101500", ""
    data.Modality, data.Manufacturer, data.SeriesDescription = "MR", "", "T1"
    data.PatientName, data.PatientID = "Peer^Test", "PEER1"
    data.PatientBirthDate, data.PatientSex, data.StudyID = "19600101", "F", "1"
    data.SeriesNumber, data.InstanceNumber = 1, 1
    data.FrameOfReferenceUID = "2.25.3"
    data.ImagePositionPatient, data.PixelSpacing = [0, 0, 0], [1, 1]
    data.ImageOrientationPatient, data.SliceThickness = [1, 0, 0, 0, 1, 0], 1
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows = data.Columns = SIDE
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 12, 11
    data.PixelRepresentation = 0
    ramp = (value for row in range(SIDE) for value in range(row, row + SIDE))
    data.PixelData = b"".join(value.to_bytes(2, "little") for value in ramp)
    return data


if __name__ == "__main__":
    image(sys.argv[2]).save_as(sys.argv[1], enforce_file_format=True)
