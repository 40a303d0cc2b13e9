"""Clients that store instances until they have no more, or the node is gone.
ingest.py HOST:PORT:TITLE --clients N --count M --seed K
Prints the SOP Instance UID of every instance that was acknowledged, one a line, at once."""
import argparse
import hashlib
import sys
import threading

from mr import MR_IMAGE, image
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.dsutils import encode
from raw import store

# Instances of one study: many small studies exercise more of the index than one large one.
STUDY = 50

parser = argparse.ArgumentParser()
parser.add_argument("peer")
parser.add_argument("--clients", type=int, default=3)
parser.add_argument("--count", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
options = parser.parse_args()
host, port, title = options.peer.split(":")
say = threading.Lock()


def uid(*words):
    text = "|".join(map(str, (options.seed, *words)))
    return "2.25.%d" % int.from_bytes(hashlib.sha256(text.encode()).digest()[:15], "big")


def client(number):
    ae = AE("TESTER")
    ae.add_requested_context(MR_IMAGE, ExplicitVRLittleEndian)
    association = ae.associate(host, int(port), ae_title=title)
    for n in range(number, options.count, options.clients):
        if not association.is_established:
            return
        study = n // STUDY
        instance = image(uid(n), uid("study", study), uid("series", study))
        instance.PatientID = f"PEER{options.seed}-{study}"
        content = encode(instance, False, True)
        response = store(association, MR_IMAGE, instance.SOPInstanceUID, content, 1 + n % 60000)
        if response is None:
            return
        if response.Status == 0:
            with say:
                print(instance.SOPInstanceUID, flush=True)
    association.release()


threads = [threading.Thread(target=client, args=(n,)) for n in range(options.clients)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit(0)
