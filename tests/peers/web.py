"""As much of HTTP and DICOMweb as a client needs: one connection that is kept, bodies of STOW-RS."""
import http.client
import json
import socket
import urllib.parse

DICOM_JSON = {"Accept": "application/dicom+json"}
OBJECTS = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}

# Longest wait for an answer in seconds: a study of 85 MB on a busy machine.
PATIENCE_S = 300


class Web:
    def __init__(self, base, token=None, timeout=PATIENCE_S):
        """`token` is a file with a bearer token, which may be written anew at any time."""
        self.base, self.timeout, self.connection = urllib.parse.urlparse(base), timeout, None
        self.token = token

    def _own(self):
        if self.token is None:
            return {}
        with open(self.token) as file:
            return {"Authorization": "Bearer " + file.read()}

    def ask(self, method, path, body=None, headers=None):
        """Status, body and headers."""
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    self.base.hostname, self.base.port, timeout=self.timeout)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                whole = self.base.path.rstrip("/") + path
                self.connection.request(method, whole, body, {**self._own(), **(headers or {})})
                answer = self.connection.getresponse()
                return answer.status, answer.read(), dict(answer.getheaders())
            except (http.client.HTTPException, OSError):
                # A kept connection may have been closed meanwhile: once more on a new one.
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise

    def get(self, path, headers=DICOM_JSON):
        return self.ask("GET", path, headers=headers)

    def search(self, path):
        """The list that a search gives; nothing found is an empty one."""
        status, body, _ = self.get(path)
        return json.loads(body) if status == 200 and body else []

    def store(self, objects, study=None, boundary="interval-bench", final=b"--\r\n"):
        """Status and answer of a STOW-RS request."""
        parts = [b"--" + boundary.encode() + b"\r\nContent-Type: application/dicom\r\n\r\n" + one
                 + b"\r\n" for one in objects]
        body = b"".join(parts) + (b"--" + boundary.encode() + final if final else b"")
        kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
        path = "/studies" + (f"/{study}" if study else "")
        status, answer, _ = self.ask("POST", path, body, {"Content-Type": kind, **DICOM_JSON})
        return status, answer


def value(found, tag):
    return found[tag]["Value"][0]


def outcome(answer):
    """How many were stored and how many failed (PS3.18 10.5.3)."""
    try:
        said = json.loads(answer)
    except ValueError:
        return 0, 0
    said = said[0] if isinstance(said, list) else said
    # Objects of which not even the UID could be read are in Other Failures Sequence.
    count = {tag: len(said.get(tag, {}).get("Value", []))
             for tag in ("00081199", "00081198", "0008119A")}
    return count["00081199"], count["00081198"] + count["0008119A"]
