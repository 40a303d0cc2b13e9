"""What the cases of abuse.py are made of: the place that is abused, objects, bytes, a list."""
import dataclasses
import io
import itertools
import os
import socket
import struct
import threading
import time
from typing import Callable

import dul
from mr import image
from pydicom.filewriter import dcmwrite
from web import Web

# Seconds that a node may take for an answer to what it should see through at once.
PATIENCE_S = 8

# Longest that a caller may stand at the door without having said who it is, in seconds: ARTIM
# (PS3.8 9.1.5) and a little for the machine.
ARTIM_S_MAX = 32

_numbers = itertools.count(1)
_began = time.time_ns()


def uid():
    return f"2.25.{_began}{next(_numbers)}"


@dataclasses.dataclass
class Place:
    dicom: int
    title: str
    calling: str
    web: str
    token: str
    pid: int

    @property
    def address(self):
        return ("127.0.0.1", self.dicom)

    def rss_mb(self):
        try:
            with open(f"/proc/{self.pid}/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
        except OSError:
            return 0.0

    def echo_s(self):
        """Seconds until an echo was answered; endless when it was not."""
        start = time.time()
        try:
            line = dul.Line(self.address, 5)
            kind, _ = line.associate(self.title, self.calling,
                                     [dul.context(1, dul.VERIFICATION, [dul.IMPLICIT])])
            answered = kind == dul.ASSOCIATE_AC and line.echo() == 0
            spent = time.time() - start
            line.release()
            return spent if answered else float("inf")
        except (OSError, dul.Ended):
            return float("inf")

    def opened(self, contexts=None, timeout=PATIENCE_S):
        """An association for MR images."""
        line = dul.Line(self.address, timeout)
        contexts = contexts or [dul.context(1, dul.MR_IMAGE, [dul.EXPLICIT])]
        kind, _ = line.associate(self.title, self.calling, contexts)
        if kind != dul.ASSOCIATE_AC:
            raise dul.Ended("not accepted")
        return line

    def browser(self, timeout=30):
        return Web(self.web, self.token, timeout)

    def found(self, study, extra=""):
        return self.browser().search(f"/studies?StudyInstanceUID={study}{extra}")

    def put(self, content, sop_class=dul.MR_IMAGE, instance=None, syntax=dul.EXPLICIT,
            timeout=PATIENCE_S):
        """What is said to a C-STORE of these bytes."""
        try:
            line = self.opened([dul.context(1, sop_class, [syntax])], timeout)
            if line.results.get(1) != 0:
                line.release()
                return f"context {line.results.get(1)}"
            said = line.store(1, sop_class, instance or uid(), 1, content)
            line.release()
            return f"{said:04X}" if said is not None else "no status"
        except TimeoutError:
            return "no answer"
        except (OSError, dul.Ended) as problem:
            return str(problem)


@dataclasses.dataclass
class Case:
    name: str
    rule: str
    run: Callable
    is_met: Callable


CASES, SLOW = [], []


def case(rule, is_met):
    def take(run):
        CASES.append(Case(run.__name__, rule, run, is_met))
        return run
    return take


def slow(rule):
    """A case that waits: it runs beside the others and is asked in the end."""
    def take(run):
        SLOW.append((run.__name__, rule, run))
        return run
    return take


def slow_cases(place, only):
    waiting = []
    for name, rule, run in SLOW:
        if only not in name:
            continue
        said = {}

        def go(run=run, said=said):
            start = time.time()
            outcome, is_well = run(place)
            said.update(outcome=outcome, ok=is_well, seconds=round(time.time() - start, 2))

        thread = threading.Thread(target=go, daemon=True)
        thread.start()

        def finish(thread=thread, said=said, rule=rule):
            thread.join(3 * ARTIM_S_MAX)
            return {"rule": rule, "grown_mb": 0, "echo_s": 0,
                    **(said or {"outcome": "it did not end", "ok": False, "seconds": 0})}

        waiting.append((name, finish))
    return waiting


def one_of(*words):
    """Met when the outcome begins with one of these."""
    return lambda outcome: str(outcome).startswith(words)


def failed(outcome):
    """Met by a status that says failure: 01xx, 02xx, Axxx, Cxxx (PS3.7 C)."""
    return len(outcome) == 4 and outcome[0] in "012AC" and outcome != "0000"


def failed_or_ended(outcome):
    return failed(outcome) or outcome.startswith(("abort", "closed"))


def made(side=64, **changes):
    """A valid image with changes."""
    data = image(uid(), uid(), uid())
    data.SpecificCharacterSet = "ISO_IR 192"
    data.PatientID, data.PatientName = "ABUSE1", "Abuse^Test"
    data.Rows = data.Columns = side
    data.PixelData = struct.pack("<%dH" % (side * side), *(n % 1000 for n in range(side * side)))
    for keyword, value in changes.items():
        setattr(data, keyword, value)
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    return data


def part10(data):
    content = io.BytesIO()
    dcmwrite(content, data, enforce_file_format=True)
    return content.getvalue()


def body(data):
    """The data set alone."""
    content = part10(data)
    return content[144 + struct.unpack_from("<I", content, 140)[0]:]


def before(content, group, element, inserted):
    """Bytes put in front of an element."""
    at = content.find(struct.pack("<HH", group, element) + b"US")
    return content[:at] + inserted + content[at:]


def nested(levels):
    """A sequence in a sequence, so many times, with lengths that are not told."""
    opening = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
    opening += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    closing = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return opening * levels + closing * levels


def answer_to(place, content, wait=PATIENCE_S):
    """What is said to bytes at the door."""
    line = dul.Line(place.address, wait)
    try:
        line.socket.sendall(content)
        kind, said = dul.read(line.socket)
        if kind == dul.ABORT:
            return f"abort {said[2]}/{said[3]}"
        if kind == dul.ASSOCIATE_RJ:
            return f"rejected {said[1]}/{said[2]}/{said[3]}"
        return "accepted" if kind == dul.ASSOCIATE_AC else f"PDU {kind}"
    except (socket.timeout, TimeoutError):
        return "no answer"
    except (OSError, dul.Ended):
        return "closed"
    finally:
        line.socket.close()


def closed_after_s(connection, limit):
    """Seconds until the other side closed; nothing when it did not."""
    start = time.time()
    connection.settimeout(limit)
    try:
        while connection.recv(4096):
            pass
    except (socket.timeout, TimeoutError):
        return None
    except OSError:
        pass
    return time.time() - start
