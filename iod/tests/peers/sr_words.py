"""Find a sentence in a structured report with highdicom.

Usage: sr_words.py SR.dcm SENTENCE      Needs highdicom.
"""

import sys

import highdicom
from highdicom.sr.utils import find_content_items

report = highdicom.sr.srread(sys.argv[1])
texts = [
    item.TextValue
    for item in find_content_items(report, recursive=True)
    if item.ValueType == "TEXT"
]
assert sys.argv[2] in texts, texts
print("sentence found")
