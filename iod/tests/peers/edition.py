"""Says what pydicom reads of a result's version: verification, predecessors, rejection."""

import sys

import pydicom

found = pydicom.dcmread(sys.argv[1])
say = lambda name, value: print(f"{name}={value}")
say("class", found.SOPClassUID)
say("modality", found.Modality)
say("verification", found.get("VerificationFlag"))
say("preliminary", found.get("PreliminaryFlag"))
say("completion", found.get("CompletionFlag"))
for observer in found.get("VerifyingObserverSequence", []):
    say("observer", observer.VerifyingObserverName)
    say("organisation", observer.VerifyingOrganization)
    say("verified_at", observer.VerificationDateTime)
for name, keyword in (
    ("predecessor", "PredecessorDocumentsSequence"),
    ("evidence", "CurrentRequestedProcedureEvidenceSequence"),
):
    for study in found.get(keyword, []):
        for series in study.ReferencedSeriesSequence:
            for instance in series.ReferencedSOPSequence:
                say(name, instance.ReferencedSOPInstanceUID)
for segment in found.get("SegmentSequence", []):
    say("segment", segment.SegmentAlgorithmType)
if "ConceptNameCodeSequence" in found:
    say("title", found.ConceptNameCodeSequence[0].CodeValue)
for item in found.get("ContentSequence", []):
    for instance in item.get("ReferencedSOPSequence", []):
        say("refers", instance.ReferencedSOPInstanceUID)
