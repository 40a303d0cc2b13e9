"""Read a segmentation with highdicom and compare it, voxel by voxel and slice by slice, with what
it was made from.

Usage: seg.py SEG.dcm MASKS.raw SLICES.txt
MASKS.raw: a byte a voxel, columns fastest, then rows, slices, segments. SLICES.txt: a line a slice
with its SOP Instance UID and position. Needs highdicom, pydicom, numpy.
"""

import sys

import highdicom
import numpy
import pydicom

seg_file, masks_file, slices_file = sys.argv[1:]
slices = [line.split() for line in open(slices_file)]
uids = [fields[0] for fields in slices]
positions = {fields[0]: [float(mm) for mm in fields[1:]] for fields in slices}

seg = highdicom.seg.segread(seg_file)
numbers = list(seg.segment_numbers)
wanted = numpy.fromfile(masks_file, dtype=numpy.uint8)
wanted = wanted.reshape(len(numbers), len(uids), seg.Rows, seg.Columns)

pixels = seg.get_pixels_by_source_instance(
    source_sop_instance_uids=uids,
    segment_numbers=numbers,
    assert_missing_frames_are_empty=True,
)
for index, number in enumerate(numbers):
    found = pixels[..., index]
    assert found.shape == wanted[index].shape, (found.shape, wanted[index].shape)
    assert numpy.array_equal(found, wanted[index]), f"segment {number} differs"

dataset = pydicom.dcmread(seg_file)
assert (dataset.Rows * dataset.Columns) % 8 != 0, "the matrix should not end with a byte"
for frame in dataset.PerFrameFunctionalGroupsSequence:
    source = frame.DerivationImageSequence[0].SourceImageSequence[0]
    here = [float(mm) for mm in frame.PlanePositionSequence[0].ImagePositionPatient]
    assert here == positions[source.ReferencedSOPInstanceUID], "a frame lies off its source"
    assert source.SpatialLocationsPreserved == "YES"
for segment in dataset.SegmentSequence:
    assert len(segment.RecommendedDisplayCIELabValue) == 3
    assert segment.TrackingUID and segment.TrackingID
assert dataset.SegmentsOverlap == "NO"
assert str(dataset.PatientName) == "Müller^Zoë", dataset.PatientName

volume = seg.get_volume(segment_numbers=numbers, combine_segments=False)
spacing = sorted(volume.spacing)
between = float(dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices)
in_plane = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
for found, stated in zip(spacing, sorted([between, *map(float, in_plane)])):
    assert abs(found - stated) < 1e-4, (found, stated)
print(f"{len(numbers)} segments identical in {dataset.NumberOfFrames} frames")
