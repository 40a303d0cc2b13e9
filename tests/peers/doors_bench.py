"""Measures the doors of several servers in turn, the same work for each.
doors_bench.py TARGETS.json [--rounds N] [--slices N]
Prints one JSON line for each piece of work and target: row, target, count, seconds, cpu_s, rss_mb."""
import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time

import copies
import dul
from web import OBJECTS, Web, outcome, value

# Pause between two looks at memory in seconds.
GLANCE_S = 0.02
TICKS = os.sysconf("SC_CLK_TCK")

parser = argparse.ArgumentParser()
parser.add_argument("targets")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--slices", type=int, default=copies.SLICES)
options = parser.parse_args()
with open(options.targets) as file:
    TARGETS = json.load(file)
STUDY = copies.Study(options.slices)
turn = [0]


def tree(pid):
    """The process and those it started."""
    found = [pid]
    for one in found:
        for task in os.listdir(f"/proc/{one}/task") if os.path.isdir(f"/proc/{one}/task") else []:
            try:
                with open(f"/proc/{one}/task/{task}/children") as file:
                    found.extend(int(word) for word in file.read().split())
            except OSError:
                pass
    return found


def cpu_s(pid):
    """Of the process and of the children that it has and had."""
    total = 0.0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(ticks) for ticks in fields[11:15 if one == pid else 13]) / TICKS
    return total


def rss_mb(pid):
    pages = 0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/statm") as file:
                pages += int(file.read().split()[1])
        except OSError:
            pass
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def written(pid):
    with open(f"/proc/{pid}/io") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))


class Meter:
    """CPU, time and peak memory of a server while something is done to it."""

    def __init__(self, pid):
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()

    def __enter__(self):
        self.before, self.start = cpu_s(self.pid), time.perf_counter()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self):
        while not self.over.is_set():
            self.peak = max(self.peak, rss_mb(self.pid))
            self.over.wait(GLANCE_S)

    def __exit__(self, *problem):
        self.seconds, self.cpu = time.perf_counter() - self.start, cpu_s(self.pid) - self.before
        self.over.set()
        self.thread.join()
        self.peak = max(self.peak, rss_mb(self.pid))


def say(row, target, count, meter, **more):
    line = {"row": row, "target": target["name"], "count": count, "seconds": meter.seconds,
            "cpu_s": meter.cpu, "rss_mb": meter.peak, **more}
    print(json.dumps(line), flush=True)


def in_turn():
    """The targets, another one first each time."""
    turn[0] += 1
    at = turn[0] % len(TARGETS)
    return TARGETS[at:] + TARGETS[:at]


def store(target, objects, associations):
    """How many were acknowledged with success."""
    done, problems = [0] * associations, []

    def one(number):
        try:
            line = dul.Line(("127.0.0.1", target["dicom"]), 120)
            line.associate(target["title"], "BENCHSCU",
                           [dul.context(1, copies.SOP_CLASS, [dul.EXPLICIT])])
            for message, (uid, content) in enumerate(objects[number::associations]):
                said = line.store(1, copies.SOP_CLASS, uid, message % 60000 + 1, content)
                done[number] += said == 0
            line.release()
        except (OSError, dul.Ended) as problem:
            problems.append(str(problem))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(associations)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done), problems


def fresh(*seed):
    return STUDY.copy("|".join(map(str, seed)))


def stores(number):
    for associations in (1, 4, 8):
        made = [(uid, copies.data_set(content)) for uid, content in fresh(number, associations)]
        for target in in_turn():
            with Meter(target["pid"]) as meter:
                done, problems = store(target, made, associations)
            say(f"C-STORE {associations}", target, len(made), meter, done=done, problems=problems)
    for batch in (1, 40, 160):
        made = [content for _, content in fresh(number, "stow", batch)]
        for target in in_turn():
            web, done = Web(target["web"], target.get("token")), 0
            with Meter(target["pid"]) as meter:
                for start in range(0, len(made), batch):
                    status, answer = web.store(made[start:start + batch])
                    done += outcome(answer)[0] if status in (200, 202) else 0
            say(f"STOW {batch}", target, len(made), meter, done=done)


def costs():
    """Bytes written and calls for durability of an instance, beside a bare write of the same."""
    made = [(uid, copies.data_set(content)) for uid, content in fresh("costs")]
    for target in TARGETS:
        before = written(target["pid"])
        with Meter(target["pid"]) as meter:
            done, _ = store(target, made, 1)
        bytes_each = (written(target["pid"]) - before) / len(made)
        say("cost", target, len(made), meter, done=done, bytes_each=bytes_each)
        if shutil.which("strace"):
            again = [(uid, copies.data_set(content)) for uid, content in fresh("calls")]
            meter, syncs = calls(target, again)
            say("calls", target, len(again), meter, syncs_each=syncs)
    folder = tempfile.mkdtemp(dir=os.path.dirname(options.targets))
    before, start = os.times(), time.perf_counter()
    for number, (_, content) in enumerate(made):
        with open(os.path.join(folder, str(number)), "wb") as file:
            file.write(content)
            os.fsync(file.fileno())
    after = os.times()
    cpu = after.user + after.system - before.user - before.system
    print(json.dumps({"row": "cost", "target": "bare write + fsync", "count": len(made),
                      "seconds": time.perf_counter() - start, "cpu_s": cpu, "rss_mb": 0,
                      "bytes_each": len(made[0][1])}), flush=True)
    shutil.rmtree(folder)


def calls(target, made):
    """Calls that wait for the disk, an instance; the server is slow while it is traced."""
    with tempfile.NamedTemporaryFile("r") as summary:
        traced = "fsync,fdatasync,sync_file_range,msync"
        command = ["strace", "-f", "-qq", "-e", f"trace={traced}", "-e", "signal=none", "-o",
                   summary.name, "-p", str(target["pid"])]
        tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(1)
        with Meter(target["pid"]) as meter:
            store(target, made, 1)
        tracer.terminate()
        tracer.wait()
        count = sum("sync(" in line and "resumed" not in line for line in summary)
    return meter, count / len(made)


def repeat(row, count, work):
    """The same question to each target: latency of each answer, CPU of all."""
    for target in in_turn():
        state = ASKED[target["name"]]
        waits, answers = [], []
        with Meter(target["pid"]) as meter:
            for number in range(count):
                start = time.perf_counter()
                answers.append(work(state, number))
                waits.append((time.perf_counter() - start) * 1e3)
        waits.sort()
        say(row, target, count, meter, p50_ms=statistics.median(waits),
            p95_ms=waits[min(len(waits) - 1, int(len(waits) * 0.95))],
            done=sum(answers))


class Asked:
    """A target with what it holds."""

    def __init__(self, target):
        self.target, self.web = target, Web(target["web"], target.get("token"))
        self.studies, offset = [], 0
        while True:
            page = self.web.search(f"/studies?limit=100&offset={offset}")
            self.studies += page
            offset += 100
            if len(page) < 100:
                break
        self.uids = sorted(value(study, "0020000D") for study in self.studies)
        self.patients = sorted(value(study, "00100020") for study in self.studies)
        first = self.uids[0]
        self.series = [value(one, "0020000E") for one in self.web.search(f"/studies/{first}/series")]
        self.instances = [(value(one, "0020000E"), value(one, "00080018"))
                          for one in self.web.search(f"/studies/{first}/instances?limit=100")]
        self.line = None

    def study(self, number):
        return self.uids[number % len(self.uids)]

    def good(self, path, headers=None):
        status, body, _ = self.web.get(path, headers or {"Accept": "application/dicom+json"})
        return int(status == 200 and len(body) > 0)

    def instance(self, number):
        series, instance = self.instances[number % len(self.instances)]
        return f"/studies/{self.uids[0]}/series/{series}/instances/{instance}"


def searches():
    repeat("QIDO studies", 100, lambda one, n: one.good(
        f"/studies?PatientID={one.patients[n % len(one.patients)]}"))
    repeat("QIDO series", 100, lambda one, n: one.good(f"/studies/{one.study(n)}/series"))
    repeat("QIDO instances", 8, lambda one, n: one.good(
        f"/studies/{one.uids[0]}/series/{one.series[n % len(one.series)]}/instances"))
    repeat("QIDO study instances", 3, lambda one, n: one.good(f"/studies/{one.study(n)}/instances"))


def retrieves():
    raw = {"Accept": 'multipart/related; type="application/octet-stream"'}
    repeat("WADO study", 3, lambda one, n: one.good(f"/studies/{one.study(n)}", OBJECTS))
    repeat("WADO metadata", 3, lambda one, n: one.good(f"/studies/{one.study(n)}/metadata"))
    repeat("WADO frame", 200, lambda one, n: one.good(one.instance(n) + "/frames/1", raw))
    repeat("WADO rendered", 200, lambda one, n: one.good(
        one.instance(n) + "/frames/1/rendered", {"Accept": "image/jpeg"}))


def find(one, level, **keys):
    """Matches of a C-FIND (PS3.4 C.4.1) on an association that is kept."""
    from pydicom.dataset import Dataset
    from pynetdicom import AE
    model = "1.2.840.10008.5.1.4.1.2.2.1"
    if one.line is None:
        entity = AE("FINDSCU")
        entity.add_requested_context(model)
        one.line = entity.associate("127.0.0.1", one.target["dicom"], ae_title=one.target["title"])
        # The library holds back small packets unless told not to.
        one.line.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asked = Dataset()
    asked.QueryRetrieveLevel = level
    for key, wanted in keys.items():
        setattr(asked, key, wanted)
    return sum(found is not None for _, found in one.line.send_c_find(asked, model))


def peers():
    repeat("C-FIND study", 40, lambda one, n: find(
        one, "STUDY", PatientID=one.patients[n % len(one.patients)], StudyInstanceUID="",
        PatientName="", StudyDate=""))
    repeat("C-FIND series", 40, lambda one, n: find(
        one, "SERIES", StudyInstanceUID=one.study(n), SeriesInstanceUID="", Modality=""))
    repeat("C-FIND images", 20, lambda one, n: find(
        one, "IMAGE", StudyInstanceUID=one.uids[0], SeriesInstanceUID=one.series[0],
        SOPInstanceUID="", InstanceNumber=""))
    for tool, row, more in (("getscu", "C-GET", []), ("movescu", "C-MOVE", [
            "-aem", "BENCHDST", "+P", str(TARGETS[0]["destination"])])):
        if shutil.which(tool):
            repeat(row, 3, lambda one, n: fetch(one, tool, more, n))


def fetch(one, tool, more, number):
    folder = tempfile.mkdtemp(dir=os.path.dirname(options.targets))
    command = [tool, "-S", "+B", "-pdu", "131072", "-aet", tool.upper(), "-aec",
               one.target["title"], *more, "-k", "QueryRetrieveLevel=STUDY", "-k",
               f"StudyInstanceUID={one.study(number)}", "127.0.0.1", str(one.target["dicom"])]
    environment = {**os.environ, "TCP_NODELAY": "1"}
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=300)
    count = len(os.listdir(folder))
    shutil.rmtree(folder)
    return count


for number in range(options.rounds):
    stores(number)
costs()
ASKED = {target["name"]: Asked(target) for target in TARGETS}
searches()
retrieves()
peers()
