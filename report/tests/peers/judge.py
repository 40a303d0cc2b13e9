"""Judges the seal of a report: judge.py REPORT.pdf CERTIFICATE.pem

Prints the bottom line, the coverage and whether the DocMDP permission was kept.
"""
import datetime
import logging
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)
report, certificate = sys.argv[1:]
# A moment within the validity of the certificates that the tests make.
moment = datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc)
trusting = ValidationContext(trust_roots=[load_cert_from_pemder(certificate)], moment=moment)
with open(report, "rb") as file:
    signature = PdfFileReader(file, strict=True).embedded_signatures[0]
    status = validate_pdf_signature(signature, signer_validation_context=trusting)
    print(status.bottom_line, status.coverage.name, status.docmdp_ok)
