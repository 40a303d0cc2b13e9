"""Print the letters of single-byte character sets, as Python knows them.

Usage: charsets.py
A line a set: its DICOM name, then byte and code point of each letter of the upper half, in
hexadecimal. Needs nothing but Python.
"""

CODECS = {
    "ISO_IR 100": "iso8859_1", "ISO_IR 101": "iso8859_2", "ISO_IR 109": "iso8859_3",
    "ISO_IR 110": "iso8859_4", "ISO_IR 144": "iso8859_5", "ISO_IR 127": "iso8859_6",
    "ISO_IR 126": "iso8859_7", "ISO_IR 138": "iso8859_8", "ISO_IR 148": "iso8859_9",
    "ISO_IR 203": "iso8859_15", "ISO_IR 166": "tis_620",
}
for name, codec in CODECS.items():
    letters = []
    for byte in range(0xA1, 0x100):
        try:
            letters.append(f"{byte:02x}={ord(bytes([byte]).decode(codec)):x}")
        except UnicodeDecodeError:
            pass
    print(name.replace(" ", "+"), *letters)
