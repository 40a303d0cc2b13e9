"""Abuse of an association that stands: PDUs, commands, messages that end early (PS3.7, PS3.8)."""
import socket
import struct
import time

import dul
from hostile import body, case, failed_or_ended, made, one_of, uid

READY = True


def after(line, content, wait=8):
    """What is said to bytes on an association."""
    line.socket.settimeout(wait)
    try:
        line.socket.sendall(content)
        said = line.response()
        return f"{said:04X}" if said is not None else "no status"
    except TimeoutError:
        return "no answer"
    except dul.Ended as ended:
        return str(ended)
    except OSError:
        return "closed"
    finally:
        line.socket.close()


def stored(place, side=64):
    """An association, an image, and the bytes that would store it."""
    data, line = made(side), place.opened()
    sent = dul.data(1, dul.store_command(dul.MR_IMAGE, data.SOPInstanceUID, 1), "command",
                    line.pdu_max)
    return line, data, sent + dul.data(1, body(data), "data", line.pdu_max)


@case("ABORT or failure, no hang", failed_or_ended)
def value_longer_than_its_pdu(place):
    return after(place.opened(), struct.pack(">BBIIBB", 4, 0, 20, 9999, 1, 3) + bytes(14))


@case("ABORT", failed_or_ended)
def data_pdu_of_4_gib(place):
    head = struct.pack(">BBIIBB", 4, 0, 0xFFFFFFFE, 0xFFFFFFFA, 1, 3)
    return after(place.opened(), head + bytes(100_000))


@case("ABORT or taken", lambda said: failed_or_ended(said) or said == "0000")
def pdu_over_the_maximum(place):
    line, data = place.opened(), made(512)
    sent = dul.data(1, dul.store_command(dul.MR_IMAGE, data.SOPInstanceUID, 1), "command", 16384)
    return after(line, sent + dul.data(1, body(data), "data", 8 << 20))


@case("ABORT", failed_or_ended)
def context_that_was_not_negotiated(place):
    return after(place.opened(), dul.data(99, dul.echo_command(), "command", 16384))


@case("0211 or ABORT", one_of("0211", "abort", "closed"))
def unknown_command(place):
    asked = dul.command((2, dul.MR_IMAGE.encode()), (0x100, 0x7777), (0x110, 1), (0x800, 0x101))
    return after(place.opened(), dul.data(1, asked, "command", 16384))


@case("failure or ABORT", failed_or_ended)
def store_command_without_uids(place):
    asked = dul.command((0x100, 1), (0x110, 1), (0x800, 1))
    sent = dul.data(1, asked, "command", 16384) + dul.data(1, bytes(2), "data", 16384)
    return after(place.opened(), sent)


@case("failure or ABORT", failed_or_ended)
def group_length_that_lies(place):
    asked = bytearray(dul.store_command(dul.MR_IMAGE, uid(), 1))
    asked[8:12] = struct.pack("<I", 0x7FFFFFFF)
    sent = dul.data(1, bytes(asked), "command", 16384) + dul.data(1, bytes(2), "data", 16384)
    return after(place.opened(), sent)


@case("nothing of it is visible", one_of("visible 0"))
def connection_reset_within_a_store(place):
    line, data, sent = stored(place, 512)
    line.socket.sendall(sent[:len(sent) // 2])
    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.socket.close()
    time.sleep(0.5)
    return f"visible {len(place.found(data.StudyInstanceUID))}"


@case("nothing of it is visible", one_of("visible 0"))
def connection_closed_within_a_store(place):
    line, data, sent = stored(place, 512)
    line.socket.sendall(sent[:150_000])
    line.socket.close()
    time.sleep(0.5)
    return f"visible {len(place.found(data.StudyInstanceUID))}"


@case("it ends, nothing of it is visible", one_of("visible 0"))
def release_within_a_store(place):
    line, data, sent = stored(place, 256)
    release = struct.pack(">BBII", dul.RELEASE_RQ, 0, 4, 0)
    # The command, then one whole PDU of data that is not the last.
    command = dul.store_command(dul.MR_IMAGE, data.SOPInstanceUID, 1)
    cut = dul.data(1, command, "command", 16384) + dul.data(1, body(data), "data", 16384)[:16390]
    line.socket.settimeout(8)
    try:
        line.socket.sendall(cut + release)
        kind, _ = dul.read(line.socket)
        ended = f"PDU {kind}"
    except TimeoutError:
        return "no answer"
    except (OSError, dul.Ended):
        ended = "closed"
    line.socket.close()
    return f"visible {len(place.found(data.StudyInstanceUID))}, {ended}"
