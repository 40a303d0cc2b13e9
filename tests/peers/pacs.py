"""Small studies for an archive: pacs.py FOLDER SPEC.json

SPEC is a list of studies: {"uid", "patient": [id, issuer, name, birth date, sex], "date",
"description", "series": [{"uid", "modality", "description", "count"}]}; "manufacturer" and
"patients" (others for single images, by their number) are optional.
"""
import json
import pathlib
import sys

from mr import image

CLASSES = {
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
    "SR": "1.2.840.10008.5.1.4.1.1.88.33",
}
SMALL = 8


def name(data, patient):
    data.PatientID, issuer, data.PatientName, data.PatientBirthDate, data.PatientSex = patient
    if issuer:
        data.IssuerOfPatientID = issuer


def made(study, series, number):
    data = image(f"{series['uid']}.{number}", study["uid"], series["uid"])
    name(data, study.get("patients", {}).get(str(number), study["patient"]))
    data.SpecificCharacterSet = "ISO_IR 192"
    data.StudyDate, data.StudyDescription = study["date"], study.get("description", "")
    data.Modality = series.get("modality", "MR")
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = CLASSES[data.Modality]
    data.SeriesDescription = series.get("description", "")
    data.Manufacturer = series.get("manufacturer", "Tester")
    data.InstanceNumber = number
    data.InstitutionName = study.get("institution", "Ward 7")
    data.Rows = data.Columns = SMALL
    data.PixelData = data.PixelData[: SMALL * SMALL * 2]
    return data


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for study in json.loads(pathlib.Path(sys.argv[2]).read_text()):
        for series in study["series"]:
            for number in range(1, series.get("count", 1) + 1):
                path = folder / f"{series['uid']}.{number}.dcm"
                made(study, series, number).save_as(path, enforce_file_format=True)
