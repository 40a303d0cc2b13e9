"""Abuse of the upper layer (PS3.8): before, at and beside the association."""
import os
import struct
import time

import dul
from hostile import (ARTIM_S_MAX, answer_to, case, closed_after_s, one_of, slow)

READY = True

# Connections that do nothing, all at one time.
IDLE = 200

VERIFICATION = dul.context(1, dul.VERIFICATION, [dul.IMPLICIT])


def asked(place, contexts=None, called=None, calling=None, **options):
    request = dul.associate(called or place.title, calling or place.calling,
                            [VERIFICATION] if contexts is None else contexts, **options)
    return answer_to(place, request)


def results(place, contexts):
    line = dul.Line(place.address)
    line.associate(place.title, place.calling, contexts)
    line.release()
    return " ".join(f"{number}:{result}" for number, result in sorted(line.results.items()))


@case("an echo is answered", one_of("answered"))
def baseline_echo(place):
    return "answered" if place.echo_s() < 1 else "not answered"


@case("RJ permanent, called title not recognised", one_of("rejected 1/1/7"))
def wrong_called_title(place):
    return asked(place, called="NOSUCHAE")


@case("RJ permanent, calling title not recognised", one_of("rejected 1/1/3"))
def unknown_calling_title(place):
    return asked(place, calling="EVILSCU")


@case("RJ, application context not supported", one_of("rejected 1/1/2"))
def wrong_application_context(place):
    return asked(place, application="1.2.3.4")


@case("RJ, protocol version not supported", one_of("rejected 1/2/2"))
def protocol_version_2(place):
    return asked(place, version=2)


@case("AC with result 3 for it", one_of("1:3 3:0"))
def unsupported_sop_class(place):
    return results(place, [dul.context(1, "1.2.3.4.5.6", [dul.EXPLICIT]),
                           dul.context(3, dul.MR_IMAGE, [dul.EXPLICIT])])


@case("AC with result 4 for it", one_of("1:4"))
def unsupported_transfer_syntax(place):
    return results(place, [dul.context(1, dul.MR_IMAGE, ["1.2.3.99"])])


@case("an answer at once", one_of("rejected", "abort", "accepted", "closed"))
def zero_presentation_contexts(place):
    return asked(place, contexts=[])


@case("an answer at once", one_of("rejected", "abort", "accepted", "closed"))
def contexts_1_to_255_with_even_ids(place):
    offered = [dul.context(n, dul.MR_IMAGE, [dul.EXPLICIT, dul.IMPLICIT]) for n in range(1, 256)]
    return asked(place, contexts=offered)


@case("ABORT or RJ", one_of("rejected", "abort", "closed"))
def duplicate_context_ids(place):
    return asked(place, contexts=[dul.context(1, dul.MR_IMAGE, [dul.EXPLICIT]), VERIFICATION])


@case("AC; the identity is ignored or answered", one_of("accepted"))
def user_identity_with_password(place):
    identity = struct.pack(">BBH", 2, 1, 4) + b"root" + struct.pack(">H", 4) + b"toor"
    return asked(place, extra=dul.item(0x58, identity))


@case("ABORT or close at once", one_of("abort", "closed"))
def garbage_bytes(place):
    return answer_to(place, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + os.urandom(200))


@case("ABORT", one_of("abort", "closed"))
def unknown_pdu_type(place):
    return answer_to(place, struct.pack(">BBI", 0x42, 0, 4) + b"abcd")


@case("ABORT or close at once", one_of("abort", "closed"))
def associate_of_4_gib(place):
    return answer_to(place, struct.pack(">BBI", 1, 0, 0xFFFFFFFF) + bytes(4096))


@case("RJ or ABORT at once", one_of("abort", "closed", "rejected"))
def item_longer_than_its_pdu(place):
    request = bytearray(dul.associate(place.title, place.calling, [VERIFICATION]))
    request[76:78] = b"\xff\xff"
    return answer_to(place, bytes(request))


@case("ABORT, unexpected PDU", one_of("abort", "closed"))
def data_before_the_association(place):
    return answer_to(place, dul.data(1, dul.echo_command(), "command", 16384))


@case("AC: 0 is no limit", one_of("accepted"))
def pdu_max_of_zero(place):
    return asked(place, pdu_max=0)


@case("no hang", one_of("abort", "rejected", "closed", "status", "PDU"))
def pdu_max_of_seven(place):
    line = dul.Line(place.address, 8)
    try:
        kind, _ = line.associate(place.title, place.calling, [VERIFICATION], pdu_max=7)
        return f"status {line.echo()}" if kind == dul.ASSOCIATE_AC else f"PDU {kind}"
    except dul.Ended as ended:
        return str(ended)
    except TimeoutError:
        return "no answer"
    finally:
        line.socket.close()


def crowded(place, context):
    """An echo beside many associations that stand and say nothing."""
    lines, said = [], []
    for _ in range(IDLE):
        line = dul.Line(place.address, 5)
        lines.append(line)
        try:
            kind, answer = line.associate(place.title, place.calling, [context])
            rejected = "rejected %d/%d/%d" % tuple(answer[1:4])
            said.append("accepted" if kind == dul.ASSOCIATE_AC else rejected)
        except (OSError, dul.Ended):
            said.append("closed")
    echo_s = place.echo_s()
    for line in lines:
        line.socket.close()
    counts = ", ".join(f"{word} {said.count(word)}" for word in sorted(set(said)))
    return f"echo in {echo_s:.3f} s; {counts}"


@case("an echo within a second", one_of("echo in 0."))
def idle_associations_200_for_echo(place):
    return crowded(place, VERIFICATION)


@case("over the limit RJ transient, local limit exceeded; an echo within a second",
      lambda said: said.startswith("echo in 0.") and "rejected 2/3/2" in said)
def idle_associations_200_for_storage(place):
    return crowded(place, dul.context(1, dul.MR_IMAGE, [dul.EXPLICIT]))


@case("an echo within a second beside silent connections", one_of("echo in 0."))
def silent_connections_200(place):
    lines = [dul.Line(place.address, 5) for _ in range(IDLE)]
    time.sleep(0.2)
    echo_s = place.echo_s()
    for line in lines:
        line.socket.close()
    return f"echo in {echo_s:.3f} s"


@slow("closed within ARTIM")
def silent_connection(place):
    line = dul.Line(place.address)
    spent = closed_after_s(line.socket, ARTIM_S_MAX)
    line.socket.close()
    return f"closed after {spent and round(spent)} s", spent is not None


@slow("closed within ARTIM, counted from the connection and not from the last byte")
def one_byte_a_second(place):
    request, start = dul.associate(place.title, place.calling, [VERIFICATION]), time.time()
    line = dul.Line(place.address)
    line.socket.settimeout(1)
    for at in range(ARTIM_S_MAX):
        try:
            line.socket.sendall(request[at:at + 1])
            if not line.socket.recv(1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    spent = time.time() - start
    line.socket.close()
    return f"closed after {spent:.0f} s", spent <= ARTIM_S_MAX
