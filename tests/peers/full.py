"""Stores until the disk is full, makes room, and stores again.   full.py PLACE.json FILLER
FILLER is a file on the same disk; it is removed once the node says that it has no room. Prints the
acknowledged SOP Instance UIDs, what was said instead of success, and when it was well again."""
import json
import os
import sys
import time

import copies
import dul

# Longest that a node may take to notice that there is room again, in seconds.
RECOVERY_S_MAX = 30

# Instances that are stored after that.
AFTERWARDS = 20

with open(sys.argv[1]) as file:
    place = json.load(file)


def opened():
    line = dul.Line(("127.0.0.1", place["dicom"]), 60)
    line.associate(place["title"], place["calling"],
                   [dul.context(1, copies.SOP_CLASS, [dul.EXPLICIT])])
    return line


def echo_s():
    """Seconds for an echo while nothing can be stored."""
    start, line = time.time(), dul.Line(("127.0.0.1", place["dicom"]), 10)
    line.associate(place["title"], place["calling"],
                   [dul.context(1, dul.VERIFICATION, [dul.IMPLICIT])])
    answered = line.echo() == 0
    line.release()
    return time.time() - start if answered else None


study = copies.Study(slices=160)
waiting = [(instance, copies.data_set(content))
           for copy in range(3) for instance, content in study.copy(f"full {copy}")]
acknowledged, line = [], opened()
refused, recovery_s, echo = None, None, None
while waiting:
    instance, content = waiting.pop(0)
    said = line.store(1, copies.SOP_CLASS, instance, 1, content)
    if said == 0:
        acknowledged.append(instance)
        continue
    refused, echo = f"{said:04X}", echo_s()
    waiting.insert(0, (instance, content))
    break
os.remove(sys.argv[2])
freed = time.time()
while time.time() - freed < RECOVERY_S_MAX:
    try:
        said = line.store(1, copies.SOP_CLASS, waiting[0][0], 1, waiting[0][1])
    except (OSError, dul.Ended):
        said, line = None, opened()
    if said == 0:
        recovery_s = time.time() - freed
        break
    time.sleep(0.2)
for instance, content in waiting[:AFTERWARDS]:
    if line.store(1, copies.SOP_CLASS, instance, 1, content) == 0:
        acknowledged.append(instance)
line.release()
print(json.dumps({"refused": refused, "echo_s": echo, "recovery_s": recovery_s,
                  "before": len(acknowledged) - AFTERWARDS, "acknowledged": acknowledged}))
