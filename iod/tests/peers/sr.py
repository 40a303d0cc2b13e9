"""Find each lesion of a segmentation in the structured report by its Tracking UID, and compare
volumes: voxels times voxel volume, region by region.

Usage: sr.py SR.dcm SEG.dcm      Needs highdicom, pydicom, numpy.
"""

import sys

import highdicom
import numpy
import pydicom
from pydicom.sr.coding import Code

VOLUME = Code("118565006", "SCT", "Volume")
FINDING = Code("121071", "DCM", "Finding")

report = highdicom.sr.srread(sys.argv[1])
seg = highdicom.seg.segread(sys.argv[2])
assert isinstance(report, highdicom.sr.Comprehensive3DSR)
assert report.PreliminaryFlag == "PRELIMINARY" and report.VerificationFlag == "UNVERIFIED"
assert report.StudyInstanceUID == seg.StudyInstanceUID, "filed in another study"
assert report.AccessionNumber == report.ReferencedRequestSequence[0].AccessionNumber
current = report.CurrentRequestedProcedureEvidenceSequence[0]
assert current.StudyInstanceUID == report.StudyInstanceUID
prior = report.PertinentOtherEvidenceSequence[0]
assert prior.StudyInstanceUID != report.StudyInstanceUID

measures = seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
voxel_cm3 = float(measures.SpacingBetweenSlices) * float(numpy.prod(measures.PixelSpacing)) / 1000
voxels = {}
for frame, pixels in zip(seg.PerFrameFunctionalGroupsSequence, seg.pixel_array):
    number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
    voxels[number] = voxels.get(number, 0) + int(pixels.sum())

content = report.content
agreed = 0
lesions = {str(segment.TrackingUID) for segment in seg.SegmentSequence}
for uid in lesions:
    groups = content.get_volumetric_roi_measurement_groups(tracking_uid=uid)
    assert len(groups) == 1, f"{len(groups)} groups with an outline for {uid}"
    group = groups[0]
    items = [item for item in group[0].ContentSequence]
    references = [item for item in items if item.name == Code("121191", "DCM", "Referenced Segment")]
    assert len(references) == 1
    reference = references[0].ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == seg.SOPInstanceUID
    numbers = reference.ReferencedSegmentNumber
    numbers = [numbers] if isinstance(numbers, int) else list(numbers)
    stated = {}
    for measurement in group.get_measurements(name=VOLUME):
        item = measurement[0]
        modifiers = [m for m in item.ContentSequence if m.name == FINDING]
        assert item.unit == Code("cm3", "UCUM", "cubic centimeter")
        stated[(modifiers[0].value.value, modifiers[0].value.scheme_designator)] = item.value
    of_lesion = [s for s in seg.SegmentSequence if s.TrackingUID == uid]
    first = [s for s in of_lesion if s.SegmentNumber == numbers[0]][0]
    first = first.SegmentedPropertyTypeCodeSequence[0]
    assert next(iter(stated)) == (first.CodeValue, first.CodingSchemeDesignator)
    assert sorted(numbers) == [s.SegmentNumber for s in of_lesion], (uid, numbers)
    for segment in of_lesion:
        code = segment.SegmentedPropertyTypeCodeSequence[0]
        wanted = voxels[segment.SegmentNumber] * voxel_cm3
        found = stated[(code.CodeValue, code.CodingSchemeDesignator)]
        # Cosines in headers have six decimals.
        assert abs(found - wanted) <= 1e-5 * wanted, (segment.SegmentLabel, found, wanted)
        agreed += 1

overall = content.get_image_measurement_groups()
responses = [
    item.value.meaning
    for group in overall
    for item in group[0].ContentSequence
    if item.name == Code("112020", "DCM", "Response Evaluation")
]
assert responses == ["Not determinable"] * 2, responses
print(f"{len(lesions)} lesions, {agreed} segments agree, {len(overall)} further groups")
