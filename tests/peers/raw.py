"""C-STORE of bytes, whatever they are, over an association of pynetdicom."""
import io
import time

from pynetdicom.dimse_primitives import C_STORE

# The state machine's word for "no association, no connection" (PS3.8 9.2.1).
IDLE = "Sta1"

# How often is looked whether a response has come, in seconds.
GLANCE = 0.002


def store(association, sop_class, uid, content, message=7):
    """The response, or None when the connection ended without one. send_c_store of the library
    would decode the data set, and wait on when the peer is gone."""
    request = C_STORE()
    request.MessageID, request.Priority = message, 2
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = sop_class, uid
    request.DataSet = io.BytesIO(content)
    association._reactor_checkpoint.clear()
    while not association._is_paused:
        time.sleep(GLANCE)
    association.dimse.send_msg(request, association.accepted_contexts[0].context_id)
    while True:
        # Asked before the queue is: what came before the end is still in the queue then.
        is_over = association.dul.state_machine.current_state == IDLE
        _, response = association.dimse.get_msg(block=False)
        if response is not None or is_over:
            break
        time.sleep(GLANCE)
    association._reactor_checkpoint.set()
    return response
