"""Compare DICOM JSON with what pydicom and, where it is installed, dcm2json make of the same file.

Usage: dicom_json.py FOLDER
FOLDER holds NAME.dcm and NAME.json in pairs. Numbers may differ in their last digits, text in its
padding; a value named by a URI has to be a long one or pixels. Needs pydicom.
"""

import base64
import json
import math
import pathlib
import shutil
import subprocess
import sys
import warnings

import pydicom

warnings.simplefilter("ignore")
CHARSET = "00080005"
PIXELS = {"7FE00008", "7FE00009", "7FE00010"}
INLINE = 1024
TEXT = {"AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}


def same_number(a, b):
    try:
        a, b = float(a), float(b)
    except (TypeError, ValueError):
        return a == b
    return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-6)


def plain(value):
    """A value without padding, empty components and empty parts."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if plain(part)}
    return value.strip(" \0^") if isinstance(value, str) else value


def same_values(vr, ours, theirs):
    ours = [value for value in map(plain, ours) if value not in (None, "", {})]
    theirs = [value for value in map(plain, theirs) if value not in (None, "", {})]
    if len(ours) != len(theirs):
        return False
    if vr in TEXT or vr == "AT":
        return ours == theirs
    return all(same_number(a, b) for a, b in zip(ours, theirs))


def compare(ours, theirs, path, who):
    left_out = {tag for tag in theirs if tag.endswith("0000") or tag in ("FFFCFFFC", CHARSET)}
    left_out |= {tag for tag in theirs if tag.startswith("0002")}
    wanted = set(theirs) - left_out
    found = set(ours) - {CHARSET}
    # pydicom leaves out what claims to be a number and is none.
    more = {tag for tag in found - wanted if ours[tag]["vr"] not in ("DS", "IS")}
    assert wanted <= found and not more, f"{who} {path}: {sorted(wanted ^ found)}"
    for tag in wanted:
        here, (a, b) = f"{path}/{tag}", (ours[tag], theirs[tag])
        assert a["vr"] == b["vr"] or "UN" in (a["vr"], b["vr"]), f"{who} {here}: {a} {b}"
        if a["vr"] != b["vr"]:
            continue
        if a["vr"] == "SQ":
            items, others = a.get("Value", []), b.get("Value", [])
            assert len(items) == len(others), f"{who} {here}: items"
            for index, (item, other) in enumerate(zip(items, others)):
                compare(item, other or {}, f"{here}/{index}", who)
        elif "BulkDataURI" in a:
            expected = "/instance/bulkdata" + here
            assert a["BulkDataURI"] == expected, f"{who} {here}: {a['BulkDataURI']}"
            size = len(base64.b64decode(b["InlineBinary"])) if "InlineBinary" in b else INLINE + 1
            assert tag in PIXELS or size > INLINE, f"{who} {here}: {size} bytes are short"
        elif "InlineBinary" in a or "InlineBinary" in b:
            x, y = (base64.b64decode(side.get("InlineBinary") or "") for side in (a, b))
            # pydicom leaves a big endian number as it is, the standard does not (PS3.18 F.2.7).
            assert x in (y, y[::-1] if len(y) == 4 else y), f"{who} {here}: {x[:40]} {y[:40]}"
        else:
            x, y = a.get("Value", []), b.get("Value", [])
            assert same_values(a["vr"], x, y), f"{who} {here}: {x} {y}"


def main(folder):
    count = 0
    for file in sorted(pathlib.Path(folder).glob("*.dcm")):
        ours = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        data_set = pydicom.dcmread(file, force=False)
        theirs = data_set.to_json_dict(bulk_data_threshold=1 << 30, suppress_invalid_tags=True)
        compare(ours, theirs, "", f"pydicom {file.name}")
        count += 1
        if shutil.which("dcm2json"):
            run = subprocess.run(["dcm2json", file], capture_output=True)
            if run.returncode == 0:
                said = json.loads(run.stdout.decode("utf-8", "replace"))
                compare(ours, said, "", f"dcm2json {file.name}")
    print(count, "objects are the same")


main(sys.argv[1])
