"""Abuse by objects: what a C-STORE brings is broken, contradicts, or is far larger than it looks."""
import copy
import glob
import os
import shutil
import struct
import subprocess
import tempfile
import zlib

import dul
import pydicom
from hostile import (CASES, Case, before, body, case, failed, failed_or_ended, made, nested, one_of,
                     part10, uid)

READY = True

# A deflated stream of a mebibyte that is a gibibyte when it is inflated.
BOMB_MIB = 1024

stored_or_failed = (lambda said: said == "0000" or failed(said))


def kept(place, study):
    """Whether a study is there."""
    return f"visible {len(place.found(study))}"


@case("A9xx or Cxxx", one_of("A9", "C"))
def instance_uid_that_differs(place):
    return place.put(body(made()), instance=uid())


@case("A9xx", one_of("A9", "C"))
def sop_class_that_differs(place):
    data = made()
    return place.put(body(data), "1.2.840.10008.5.1.4.1.1.2", data.SOPInstanceUID)


@case("Cxxx", failed)
def empty_data_set(place):
    return place.put(b"")


@case("Cxxx", failed)
def garbage_data_set(place):
    return place.put(os.urandom(5000))


@case("Cxxx, nothing of it is visible", one_of("C", "A"))
def truncated_data_set(place):
    data = made()
    content = body(data)
    said = place.put(content[:len(content) // 2], instance=data.SOPInstanceUID)
    return f"{said} {kept(place, data.StudyInstanceUID)}"


@case("Cxxx", failed)
def element_of_4_gib(place):
    data = made()
    head = struct.pack("<HH2sHI", 0x0008, 0x0005, b"UN", 0, 0xFFFFFFF0)
    return place.put(head + body(data)[:500], instance=data.SOPInstanceUID)


def deep(place, levels):
    data = made()
    content = before(body(data), 0x0028, 0x0002, nested(levels))
    return place.put(content, instance=data.SOPInstanceUID)


@case("stored or Cxxx", stored_or_failed)
def sequences_200_deep(place):
    return deep(place, 200)


@case("stored or Cxxx, no overflow", stored_or_failed)
def sequences_20000_deep(place):
    return deep(place, 20_000)


def renamed(data, name):
    """The data set with another SOP Instance UID, whatever it is."""
    old = data.SOPInstanceUID.encode()
    old += bytes(len(old) % 2)
    new = name.encode() + bytes(len(name) % 2)
    tag = struct.pack("<HH", 0x0008, 0x0018) + b"UI"
    return body(data).replace(tag + struct.pack("<H", len(old)) + old,
                              tag + struct.pack("<H", len(new)) + new, 1)


@case("failure, no file outside the store", failed_or_ended)
def uid_that_climbs_folders(place):
    name = f"../../../../tmp/climbed{os.getpid()}"
    said = place.put(renamed(made(), name), instance=name)
    outside = glob.glob(f"/tmp/*climbed{os.getpid()}*")
    return f"wrote outside: {outside}" if outside else said


@case("failure or stored", lambda said: stored_or_failed(said) or failed_or_ended(said))
def uid_of_200_digits(place):
    name = "1.2." + "9" * 200
    return place.put(renamed(made(), name), instance=name)


@case("failure", failed_or_ended)
def empty_uid(place):
    line = place.opened()
    sent = dul.data(1, dul.store_command(dul.MR_IMAGE, "", 1), "command", line.pdu_max)
    try:
        line.socket.sendall(sent + dul.data(1, renamed(made(), ""), "data", line.pdu_max))
        return f"{line.response():04X}"
    except (OSError, dul.Ended) as ended:
        return str(ended)


@case("the first is kept; the second is refused or put aside", one_of("kept first"))
def same_uid_with_other_content(place):
    first = made(PatientName="First^Version")
    second = copy.deepcopy(first)
    second.PatientName = "Second^Version"
    second.PixelData = b"\x07\0" * (64 * 64)
    said = [place.put(body(data), instance=first.SOPInstanceUID) for data in (first, second)]
    path = (f"/studies/{first.StudyInstanceUID}/series/{first.SeriesInstanceUID}"
            f"/instances/{first.SOPInstanceUID}")
    _, content, _ = place.browser().get(path, {"Accept": 'multipart/related; type="application/dicom"'})
    which = "first" if b"First^Version" in content else "another"
    return f"kept {which}, said {said}"


@case("the second is put aside or flagged: one study of one patient", one_of("1 study of ABUSE1"))
def same_series_of_another_patient(place):
    first = made()
    second = copy.deepcopy(first)
    second.SOPInstanceUID = second.file_meta.MediaStorageSOPInstanceUID = uid()
    second.PatientID, second.PatientName = "OTHER", "Other^Person"
    said = [place.put(body(data), instance=data.SOPInstanceUID) for data in (first, second)]
    found = place.found(first.StudyInstanceUID)
    patients = [one["00100020"]["Value"][0] for one in found]
    return f"{len(found)} study of {','.join(patients)}, said {said}"


# Specific Character Set, the name in it, and as it is written there (PS3.5 H, I, J).
NAMES = {
    "ISO_IR 192": ("Müller^Jürgen", "Müller^Jürgen".encode()),
    "ISO_IR 100": ("Buc^Jérôme", "Buc^Jérôme".encode("latin1")),
    "ISO_IR 144": ("Люкceмбypг", "Люкceмбypг".encode("iso8859-5")),
    "\\ISO 2022 IR 149": (
        "Hong^Gildong=洪^吉洞=홍^길동",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf"),
    "\\ISO 2022 IR 87": (
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"),
    "GB18030": ("Wang^XiaoDong=王^小东", "Wang^XiaoDong=王^小东".encode("gb18030")),
    "NOT_A_CHARSET": ("Bad^Set", b"Bad^Set"),
}


def named(place, charset, written):
    """Status, and the name as a search tells it."""
    data = made(PatientID="CS" + "".join(filter(str.isalnum, charset))[-12:])
    data.SpecificCharacterSet = charset.split("\\") if "\\" in charset else charset
    data.PatientName = "XXXX^YYYY"
    written += b" " * (len(written) % 2)
    content = body(data).replace(b"PN" + struct.pack("<H", 10) + b"XXXX^YYYY ",
                                 b"PN" + struct.pack("<H", len(written)) + written, 1)
    said = place.put(content, instance=data.SOPInstanceUID)
    found = place.found(data.StudyInstanceUID, "&includefield=00100010")
    groups = found[0].get("00100010", {}).get("Value", [{}])[0] if found else {}
    parts = [groups.get(key, "") for key in ("Alphabetic", "Ideographic", "Phonetic")]
    return said, "=".join(parts).rstrip("=")


def _charset(charset, name, written):
    def run(place):
        said, told = named(place, charset, written)
        return f"{said} {told}"

    word = charset.replace("\\", "").replace(" ", "_")
    CASES.append(Case(f"charset_{word}", "0000, and the name in UTF-8 from a search", run,
                      lambda outcome: outcome == f"0000 {name}"))


for one, (name, written) in NAMES.items():
    _charset(one, name, written)


@case("kept and flagged: no letter is lost in silence", one_of("0000 Caf", "B", "C"))
def latin_1_that_is_not_declared(place):
    said, told = named(place, "ISO_IR 6", b"Caf\xe9^Bad")
    # What cannot be known is not left out as if it had not been there.
    return f"{said} {told}" if told != "Caf^Bad" else f"a byte was dropped: {told}"


SYNTAXES = {
    "implicit": ["dcmconv", "+ti"], "big_endian": ["dcmconv", "+tb"],
    "deflated": ["dcmconv", "+td"], "rle": ["dcmcrle"], "jpeg_lossless": ["dcmcjpeg", "+e1"],
    "jpeg_2000_lossless": ["gdcmconv", "--j2k"],
}


def _syntax(word, command, rule, *met):
    def run(place):
        if shutil.which(command[0]) is None:
            return f"skipped: {command[0]} is not here"
        with tempfile.TemporaryDirectory() as folder:
            plain, coded = (os.path.join(folder, name) for name in ("plain", "coded"))
            data = made(128)
            with open(plain, "wb") as file:
                file.write(part10(data))
            subprocess.run([*command, plain, coded], check=True, capture_output=True)
            with open(coded, "rb") as file:
                content = file.read()
            meta = pydicom.dcmread(coded, stop_before_pixels=True).file_meta
        bytes_ = content[144 + struct.unpack_from("<I", content, 140)[0]:]
        said = place.put(bytes_, instance=meta.MediaStorageSOPInstanceUID,
                         syntax=str(meta.TransferSyntaxUID))
        path = (f"/studies/{data.StudyInstanceUID}/series/{data.SeriesInstanceUID}"
                f"/instances/{meta.MediaStorageSOPInstanceUID}")
        web = place.browser()
        rendered, _, _ = web.get(path + "/frames/1/rendered", {"Accept": "image/jpeg"})
        plainly = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1'
        status, content, _ = web.get(path, {"Accept": plainly})
        same = "same pixels" if data.PixelData in content else "other pixels"
        return f"{said}, rendered {rendered}, plain {status} {same}"

    CASES.append(Case(f"syntax_{word}", rule, run, one_of(*met)))


DECODED = "0000, rendered 200, plain 200 same pixels"
for one, command in SYNTAXES.items():
    _syntax(one, command, "stored, rendered, given back uncompressed", DECODED)
# Kept as it came; who asks for what would have to be decoded is told so and not given garbage.
_syntax("jpeg_ls", ["dcmcjpls"], "stored; decoded or 406", DECODED, "0000, rendered 406, plain 406")


def bomb():
    """Data and the deflated data set that is a gibibyte long."""
    data = made()
    content = body(data)
    at = content.find(struct.pack("<HH", 0x7FE0, 0x10))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, BOMB_MIB << 20)
    packed = [packer.compress(content[:at] + head)]
    packed += [packer.compress(bytes(1 << 20)) for _ in range(BOMB_MIB)]
    return data, b"".join(packed) + packer.flush()


BOMB = bomb()


@case("failure, or stored without being inflated; memory bounded", stored_or_failed)
def deflate_bomb(place):
    data, packed = BOMB
    return place.put(packed, instance=data.SOPInstanceUID, syntax=dul.DEFLATED, timeout=40)
