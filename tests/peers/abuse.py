"""What a hostile or broken neighbour may send: the outcome of each case, and whether it is the one
that the rule asks for.   abuse.py PLACE.json [--only WORD]
PLACE.json: dicom, title, calling, web, token, pid. One JSON line a case."""
import argparse
import json
import os
import threading
import time

import abuse_associations
import abuse_messages
import abuse_objects
import abuse_web
from hostile import CASES, Place, slow_cases

# Seconds within which an echo has to be answered, whatever else is going on.
ECHO_S_MAX = 1.0

# Memory that one case may add to the node, in MB.
GROWTH_MB_MAX = 256

GLANCE_S = 0.02


class Memory:
    """Peak of the node's resident memory while a case runs."""

    def __init__(self, place):
        self.place, self.over = place, threading.Event()

    def __enter__(self):
        self.before = self.peak = self.place.rss_mb()
        self.watch = threading.Thread(target=self._look, daemon=True)
        self.watch.start()
        return self

    def _look(self):
        while not self.over.wait(GLANCE_S):
            self.peak = max(self.peak, self.place.rss_mb())

    def __exit__(self, *problem):
        self.over.set()
        self.watch.join()
        self.grown = max(self.peak, self.place.rss_mb()) - self.before


def verdict(place, case):
    with Memory(place) as memory:
        start = time.time()
        try:
            outcome = case.run(place)
        except Exception as problem:  # the case itself did not get as far as it should
            outcome = f"not done: {type(problem).__name__} {problem}"
        seconds = time.time() - start
    echo_s = place.echo_s()
    skipped = str(outcome).startswith("skipped")
    is_well = skipped or (case.is_met(outcome) and echo_s <= ECHO_S_MAX
                          and memory.grown <= GROWTH_MB_MAX)
    return {"case": case.name, "rule": case.rule, "outcome": str(outcome), "ok": is_well,
            "skipped": skipped, "seconds": round(seconds, 2), "grown_mb": round(memory.grown),
            "echo_s": round(echo_s, 3)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("place")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with open(options.place) as file:
        place = Place(**json.load(file))
    assert all(part.READY for part in
               (abuse_associations, abuse_messages, abuse_objects, abuse_web))
    waiting = slow_cases(place, options.only)
    for case in CASES:
        if options.only in case.name:
            print(json.dumps(verdict(place, case)), flush=True)
    for case, finish in waiting:
        print(json.dumps({**finish(), "case": case, "skipped": False}), flush=True)


main()
os._exit(0)
