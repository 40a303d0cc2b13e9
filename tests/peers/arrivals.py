"""Studies that arrive in all the ways in which they do, and when the node says that each is
complete.   arrivals.py PLACE.json [--arrivals N] [--seed K]
PLACE.json: dicom, title, source (port of our C-FIND), images (folder of one study), log, quiet_s.
One JSON line for each arrival: early, late_s, what the node said; the last line counts."""
import argparse
import glob
import json
import os
import random
import re
import threading
import time

import dul
import pydicom
from copies import data_set, uid
from hostile import part10
from pydicom.dataset import Dataset
from pynetdicom import AE, evt

FIND = "1.2.840.10008.5.1.4.1.2.2.1"

# Arrivals at one time: a scanner, a router and three archives are busy.
TOGETHER = 16

# Every so many slices of a series are sent, and every so many pixels: a whole head in little.
SLICES_APART, PIXELS_APART = 6, 4

# Seconds after the last instance within which a study of a source that counts has to be complete.
COUNTED_S_MAX = 5.0

# Quiet periods after which a study that nobody counts has to be complete.
QUIET_PERIODS_MAX = 5

# Pauses within an arrival, as parts of the quiet period: a source that counts may be silent for
# longer than that, another may not.
PAUSES = {"COUNTED": 2.0, "GROWING": 0.6, "SILENT": 0.6}

parser = argparse.ArgumentParser()
parser.add_argument("place")
parser.add_argument("--arrivals", type=int, default=12)
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()
with open(options.place) as file:
    PLACE = json.load(file)
QUIET_S = PLACE["quiet_s"]

# What the sources tell of each study: how many instances they hold.
holdings = {}


def answer(event):
    """Our C-FIND: the study that is asked for, and how many instances of it are here."""
    study = str(event.identifier.StudyInstanceUID)
    if study in holdings:
        found = Dataset()
        found.QueryRetrieveLevel, found.StudyInstanceUID = "STUDY", study
        found.NumberOfStudyRelatedInstances = holdings[study]
        yield 0xFF00, found
    yield 0x0000, None


def templates():
    """Some images of each series of one study."""
    images = []
    for series in sorted(glob.glob(os.path.join(PLACE["images"], "*/"))):
        read = [pydicom.dcmread(file) for file in glob.glob(os.path.join(series, "*.dcm"))]
        read.sort(key=lambda image: int(image.InstanceNumber))
        images += [smaller(image) for image in read[::SLICES_APART]]
    return images


def smaller(image):
    pixels = image.pixel_array[::PIXELS_APART, ::PIXELS_APART]
    image.Rows, image.Columns = pixels.shape
    image.PixelSpacing = [PIXELS_APART * spacing for spacing in image.PixelSpacing]
    image.SliceThickness = image.SpacingBetweenSlices = SLICES_APART
    image.PixelData = pixels.tobytes()
    return image


def study_of(number):
    """Fresh copies: (SOP class, SOP Instance UID, data set), and the study's UID."""
    study, made = uid(options.seed, number, "study"), []
    for at, image in enumerate(IMAGES):
        image.StudyInstanceUID, image.PatientID = study, f"ARRIVAL{options.seed}-{number}"
        image.SeriesInstanceUID = uid(options.seed, number, image.SeriesDescription)
        image.SOPInstanceUID = uid(options.seed, number, at)
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        made.append((str(image.SOPClassUID), image.SOPInstanceUID, data_set(part10(image))))
    return study, made


class Arrival:
    """One study on its way; `last` is when its last instance was acknowledged."""

    def __init__(self, number, source, manner):
        self.number, self.source, self.manner, self.last = number, source, manner, None
        self.random = random.Random(options.seed * 1000 + number)
        self.study, self.instances = study_of(number)
        self.sent = set()
        if source == "COUNTED":
            holdings[self.study] = len(self.instances)

    def line(self):
        line = dul.Line(("127.0.0.1", PLACE["dicom"]), 60)
        kind, _ = line.associate(PLACE["title"], self.source,
                                 [dul.context(1, self.instances[0][0], [dul.EXPLICIT])])
        if kind != dul.ASSOCIATE_AC:
            raise dul.Ended("not accepted")
        return line

    def send(self, line, instances, pause_s=0.0):
        for sop_class, instance, content in instances:
            said = line.store(1, sop_class, instance, 1, content)
            assert said == 0, f"{said:04X}"
            self.sent.add(instance)
            self.last = time.time()
            if self.source == "GROWING":
                # A router holds what it has received itself: as much as we do, or one more.
                holdings[self.study] = len(self.sent)
            time.sleep(pause_s)

    def run(self):
        getattr(self, self.manner)()

    def pause_s(self):
        return PAUSES[self.source] * QUIET_S

    def slow(self):
        line = self.line()
        self.send(line, self.instances, QUIET_S * self.random.uniform(0.01, 0.04))
        line.release()

    def parallel(self):
        def part(at):
            line = self.line()
            self.send(line, self.instances[at::3], 0.02)
            line.release()

        threads = [threading.Thread(target=part, args=(at,)) for at in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def aborted(self):
        half, line = len(self.instances) // 2, self.line()
        self.send(line, self.instances[:half])
        line.socket.close()
        time.sleep(self.pause_s())
        line = self.line()
        self.send(line, self.instances[half:])
        line.release()

    def out_of_order(self):
        self.random.shuffle(self.instances)
        line = self.line()
        self.send(line, self.instances, 0.01)
        line.release()

    def late(self):
        line = self.line()
        self.send(line, self.instances[:-2])
        line.release()
        time.sleep(self.pause_s())
        line = self.line()
        self.send(line, self.instances[-2:])
        line.release()

    def duplicated(self):
        twice = self.instances * 2
        self.random.shuffle(twice)
        first, line = set(), self.line()
        for one in twice:
            was = self.last
            self.send(line, [one], 0.01)
            if one[1] in first:
                # A copy of what is here already is no arrival.
                self.last = was
            first.add(one[1])
        line.release()


def told():
    """When the node said of each study that it is complete, and why."""
    said = {}
    pattern = re.compile(r"study ([0-9.]+) is complete: (.*)")
    with open(PLACE["log"], errors="replace") as file:
        while True:
            line = file.readline()
            if not line:
                yield said
                continue
            found = pattern.search(line)
            if found:
                said.setdefault(found[1], (time.time(), re.sub(r"\x1b\[[0-9;]*m", "", found[2])))


def limit_s(arrival):
    return COUNTED_S_MAX if arrival.source == "COUNTED" else QUIET_PERIODS_MAX * QUIET_S


def judged(arrival, said):
    """What is to be said of an arrival that was sent; nothing while it may still come."""
    if arrival.study in said:
        at, why = said[arrival.study]
        early, after_s = at < arrival.last, at - arrival.last
        return {"early": early, "after_s": round(after_s, 2), "why": why,
                "ok": not early and after_s <= limit_s(arrival)}
    if time.time() - arrival.last > 2 * QUIET_PERIODS_MAX * QUIET_S:
        return {"early": False, "after_s": None, "why": "it was never said", "ok": False}
    return None


def main():
    entity = AE("SOURCE")
    entity.add_supported_context(FIND)
    entity.maximum_associations = 4 * TOGETHER
    entity.start_server(("127.0.0.1", PLACE["source"]), block=False,
                        evt_handlers=[(evt.EVT_C_FIND, answer)])
    manners = ["slow", "parallel", "aborted", "out_of_order", "late", "duplicated"]
    sources = list(PAUSES)
    waiting = [Arrival(number, sources[number // len(manners) % len(sources)],
                       manners[number % len(manners)]) for number in range(options.arrivals)]
    running, sent, lines = [], [], []
    watch, said = told(), {}
    while waiting or running or sent:
        while waiting and len(running) + len(sent) < TOGETHER:
            arrival = waiting.pop(0)
            thread = threading.Thread(target=arrival.run)
            thread.start()
            running.append((arrival, thread))
        said = next(watch)
        sent += [arrival for arrival, thread in running if not thread.is_alive()]
        running = [pair for pair in running if pair[1].is_alive()]
        for arrival in list(sent):
            outcome = judged(arrival, said)
            if outcome:
                sent.remove(arrival)
                lines.append({"arrival": arrival.number, "source": arrival.source,
                              "manner": arrival.manner, **outcome})
                print(json.dumps(lines[-1]), flush=True)
        time.sleep(0.05)
    counted = [line["after_s"] for line in lines if line["source"] == "COUNTED" and line["after_s"]]
    print(json.dumps({"arrivals": len(lines), "early": sum(line["early"] for line in lines),
                      "bad": sum(not line["ok"] for line in lines),
                      "counted_after_s_max": max(counted, default=None)}), flush=True)


IMAGES = templates()
main()
os._exit(0)
