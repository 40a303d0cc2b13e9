"""Abuse of DICOMweb: bodies, addresses and headers that no client should send (PS3.18)."""
import http.client
import io
import os
import socket
import struct
import time

import dul
import pydicom.filewriter
from abuse_objects import BOMB
from hostile import before, case, closed_after_s, made, nested, one_of, part10, slow, uid
from web import outcome

READY = True

# Longest that a request may dawdle over its header, in seconds.
HEADER_S_MAX = 20


def stow(place, objects, **options):
    """Status, how many were stored, how many failed."""
    try:
        status, answer = place.browser().store(objects, **options)
    except (OSError, http.client.HTTPException):
        return "closed"
    stored, failed = outcome(answer)
    return f"{status} stored {stored} failed {failed}"


refused = one_of("400 stored 0", "409 stored 0", "415 stored 0", "413 stored 0", "closed")


@case("200, stored", one_of("200 stored 1"))
def stow_good(place):
    return stow(place, [part10(made())])


@case("400 or 409, nothing stored", refused)
def stow_truncated(place):
    content = part10(made())
    return stow(place, [content[:len(content) // 2]])


@case("failure", refused)
def stow_truncated_in_its_meta(place):
    return stow(place, [part10(made())[:180]])


@case("failure", refused)
def stow_without_preamble(place):
    return stow(place, [part10(made())[132:]])


@case("failure", refused)
def stow_garbage(place):
    return stow(place, [os.urandom(4000)])


@case("400", one_of("400"))
def stow_empty_body(place):
    return stow(place, [], final=b"")


@case("202 with one stored and one failed", one_of("202 stored 1 failed 1"))
def stow_one_good_one_bad(place):
    return stow(place, [part10(made()), b"junk" * 100])


@case("409", one_of("409 stored 0"))
def stow_into_another_study(place):
    return stow(place, [part10(made())], study="2.25.123")


def posted(place, kind, content=b"x"):
    status, _, _ = place.browser().ask("POST", "/studies", content, {"Content-Type": kind})
    return str(status)


@case("415", one_of("415"))
def stow_of_text(place):
    return posted(place, "text/plain")


@case("400", one_of("400", "415"))
def stow_without_boundary(place):
    return posted(place, 'multipart/related; type="application/dicom"', part10(made()))


@case("400, or stored", one_of("400", "200 stored 1"))
def stow_without_final_boundary(place):
    return stow(place, [part10(made())], final=b"")


@case("413 or failure, or stored without being inflated",
      lambda said: refused(said) or said.startswith("200 stored 1"))
def stow_deflate_bomb(place):
    data, packed = BOMB
    data.file_meta.TransferSyntaxUID = dul.DEFLATED
    # The C-STORE of the same bomb may have been taken.
    meta = io.BytesIO()
    pydicom.filewriter.write_file_meta_info(meta, data.file_meta, enforce_standard=True)
    return stow(place, [bytes(128) + b"DICM" + meta.getvalue() + packed])


@case("failure or stored, and it lives", one_of("200", "400", "409", "202"))
def stow_2000_deep(place):
    return stow(place, [before(part10(made()), 0x0028, 0x0002, nested(2000))])


def said_to(place, request, wait=8):
    """The status line that is said to bytes; the door keeps them open at most so long."""
    line = socket.create_connection((place.browser().base.hostname, place.browser().base.port), 5)
    line.settimeout(wait)
    try:
        line.sendall(request)
        return line.recv(64).decode("latin1").partition(" ")[2][:3] or "closed"
    except (socket.timeout, TimeoutError):
        return "no answer"
    except OSError:
        return "closed"
    finally:
        line.close()


def bearer(place):
    with open(place.token) as file:
        return "Authorization: Bearer " + file.read() + "\r\n"


@case("413, 400 or closed", one_of("413", "400", "closed"))
def content_length_of_1_tib(place):
    kind = 'multipart/related; type="application/dicom"; boundary=B'
    head = (f"POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\n{bearer(place)}"
            f"Content-Type: {kind}\r\nContent-Length: {1 << 40}\r\n\r\nabc")
    return said_to(place, head.encode())


@case("431 or 400", one_of("431", "400", "closed"))
def header_of_1_mib(place):
    request = f"GET /dicom-web/studies HTTP/1.1\r\nHost: x\r\nX-Big: {'a' * (1 << 20)}\r\n\r\n"
    return said_to(place, request.encode())


def statuses(place, *paths, headers=None):
    web = place.browser()
    return " ".join(str(web.ask("GET", path, None, headers)[0]) for path in paths)


def only(*allowed):
    return lambda said: set(said.split()) <= set(allowed)


@case("400 or 404", only("400", "404"))
def retrieve_that_climbs_folders(place):
    return statuses(place, "/studies/..%2f..%2f..%2fetc%2fpasswd", "/studies/%00",
                    "/studies/1.2/series/..%2f../instances/x")


@case("nothing found, or 400 or 404", only("200", "204", "400", "404"))
def search_that_is_sql(place):
    said = statuses(place, "/studies?PatientID=%27%20OR%201=1--", "/studies?PatientName=*%25_%27")
    found = place.browser().search("/studies?PatientID=%27%20OR%201=1--")
    return said if not found else f"found {len(found)}"


@case("400", only("400"))
def search_with_wrong_words(place):
    return statuses(place, "/studies?limit=-1", "/studies?limit=abc",
                    "/studies?StudyDate=99999999-")


@case("400, or an answer that warns of what was passed over", one_of("400", "200 warned"))
def search_for_an_unknown_attribute(place):
    status, _, headers = place.browser().get("/studies?NoSuchTag=1")
    warned = any(name.lower() == "warning" for name in headers)
    return f"{status} {'warned' if warned else 'silent'}"


@case("404", only("404"))
def retrieve_what_is_not_there(place):
    return statuses(place, "/studies/1.2.3.4.5", headers={"Accept": "multipart/related; "
                                                          'type="application/dicom"'})


@case("406", only("406"))
def retrieve_as_nonsense(place):
    data = made()
    stow(place, [part10(data)])
    return statuses(place, f"/studies/{data.StudyInstanceUID}",
                    headers={"Accept": "application/x-nonsense"})


@case("401 without a token", only("401"))
def request_without_a_token(place):
    line = http.client.HTTPConnection(place.browser().base.hostname, place.browser().base.port)
    line.request("GET", "/dicom-web/studies")
    return str(line.getresponse().status)


@case("206 or 416 as a range is, never 500", one_of("200", "206", "400", "404", "416"))
def range_that_ends_before_it_begins(place):
    return statuses(place, f"/studies/{uid()}", headers={"Range": "bytes=9-3",
                                                         "Accept": "multipart/related"})


@slow("closed within 20 s")
def header_of_one_byte_a_second(place):
    line = socket.create_connection((place.browser().base.hostname, place.browser().base.port), 5)
    request, start = b"GET /dicom-web/studies HTTP/1.1\r\nHost: x\r\n", time.time()
    line.settimeout(1)
    for at in range(min(len(request), HEADER_S_MAX)):
        try:
            line.sendall(request[at:at + 1])
            if not line.recv(1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    spent = time.time() - start
    left = closed_after_s(line, 1) if spent < HEADER_S_MAX else 0
    line.close()
    is_well = spent < HEADER_S_MAX or left is None
    return f"closed after {spent:.0f} s", is_well
