"""A push service with one browser: decrypts each message by PyPI's http-ece, and verifies its sender by py-vapid.

usage: scripts/python Tests/Tools/Push/requirements.txt Tests/Tools/Push/service.py

It ends when its standard input does. The first line of its output has the browser's `endpoint`, `p256dh` and `auth` as JSON. Each further
line is a request: what its fields say, and the `payload`. A message that does not fit RFC 8030, 8291 and 8292 is answered 400, and its line has
the reason as `error`. The last part of the path, if it is a number, is the status of the answer: .../410."""

import base64
import http.server
import json
import re
import sys
import threading
import time

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

KEY, AUTH = ec.generate_private_key(ec.SECP256R1()), b"sixteen bytes !!"
POINT = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(field, origin):
    """Verifies the field `Authorization`. Returns the claims and the key."""
    token, key = re.fullmatch(r"vapid t=([\w.-]+), k=([\w-]+)", field).groups()
    # py-vapid reads no space after the comma.
    if not Vapid02.verify(field.replace(", ", ",")):
        raise ValueError("the signature of the token is wrong")
    found = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    if found["aud"] != origin or not time.time() < found["exp"] <= time.time() + 86_400 or not found["sub"].startswith("mailto:"):
        raise ValueError(f"the claims do not fit {origin}: {found}")
    return found, key


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        line, status = {"path": self.path}, 201
        try:
            found, key = claims(self.headers["Authorization"], f"http://127.0.0.1:{self.server.server_port}")
            if self.headers["Content-Encoding"] != "aes128gcm" or len(body) > 4_096:
                raise ValueError("not aes128gcm in one record of 4,096 bytes")
            if not re.fullmatch(r"[\w-]{1,32}", self.headers["Topic"]):
                raise ValueError("the topic is not 1 to 32 characters of Base64url")
            line |= {"sub": found["sub"], "key": key, "ttl": int(self.headers["TTL"]), "topic": self.headers["Topic"],
                     "urgency": self.headers["Urgency"],
                     "payload": http_ece.decrypt(body, private_key=KEY, auth_secret=AUTH, version="aes128gcm").decode()}
            if wanted := re.search(r"/(\d{3})$", self.path):
                status = int(wanted[1])
        except Exception as error:
            line, status = line | {"error": repr(error)}, 400
        print(json.dumps(line), flush=True)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """The lines say everything."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"endpoint": f"http://127.0.0.1:{server.server_port}/push", "p256dh": text(POINT), "auth": text(AUTH)}), flush=True)
sys.stdin.read()
