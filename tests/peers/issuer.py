"""An OpenID provider for one service: discovery, keys, a bearer token.
issuer.py PORT CLIENT TOKEN_FILE
The token is there before the line "issuing" is said, and is made anew while it is good."""
import base64
import http.server
import json
import os
import sys
import threading
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

# Life of a token and how often another is written, in seconds: a node takes none that live long.
LIFE_S, RENEWED_S = 600, 240

port, client, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
issuer = f"http://127.0.0.1:{port}"
key = rsa.generate_private_key(65537, 2048)
public = key.public_key().public_numbers()


def text(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def number(value):
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def token():
    now = int(time.time())
    claims = {"iss": issuer, "aud": "interval", "iat": now, "nbf": now, "exp": now + LIFE_S,
              "sub": client, "client_id": client, "azp": client}
    head = {"alg": "RS256", "typ": "at+jwt", "kid": "k"}
    signed = ".".join(text(json.dumps(part).encode()) for part in (head, claims))
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{text(signature)}"


KEYS = {"keys": [{"kty": "RSA", "kid": "k", "use": "sig", "alg": "RS256",
                  "n": number(public.n), "e": number(public.e)}]}
ABOUT = {"issuer": issuer, "authorization_endpoint": issuer + "/authorize",
         "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
         "response_types_supported": ["code"], "subject_types_supported": ["public"],
         "id_token_signing_alg_values_supported": ["RS256"],
         "code_challenge_methods_supported": ["S256"]}


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content = json.dumps(KEYS if self.path == "/keys" else ABOUT).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        pass


def write():
    with open(path + ".new", "w") as file:
        file.write(token())
    os.replace(path + ".new", path)


def renew():
    while True:
        time.sleep(RENEWED_S)
        write()


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Answers)
write()
threading.Thread(target=renew, daemon=True).start()
print("issuing", flush=True)
server.serve_forever()
