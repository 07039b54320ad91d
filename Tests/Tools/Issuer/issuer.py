"""OpenID Connect issuers for tests, on a free port of 127.0.0.1, with tokens made by jwcrypto.

It prints its port and ends when its standard input does. http://127.0.0.1:PORT/NAME is an issuer of its own for each NAME, with
the paths below. /authorize logs the person of `login_hint` (or "alice") in at once. POST /control changes the issuer's behaviour
until the next change:
    {"rotate": true}     sign with new keys and forget the old ones
    {"status": 500}      answer everything but /control, /count and /sign so, with the key set
    {"stall": 3}         wait 3 seconds before each such answer
    {"maxAge": 600}      max-age of the key set
    {"claims": {...}}    claims of the next ID tokens, in place of the true ones; null removes one
    {"metadata": {...}}  the same for the discovery document
POST /sign {"alg", "header", "claims"} makes any token; GET /count answers how many times the key set was fetched.
"""
import base64
import hashlib
import json
import secrets
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jwcrypto import jwk, jws

CLIENT, SECRET = "udaconnect", "s:e cret%"
issuers, lock = {}, threading.Lock()


def generate():
    rsa = jwk.JWK.generate(kty="RSA", size=2048).export(as_dict=True)
    curve = jwk.JWK.generate(kty="EC", crv="P-256").export(as_dict=True)
    return {"RS256": rsa, "PS256": rsa, "ES256": curve}


def digest(text, length):
    digest = hashlib.sha256(text.encode()).digest()[:length]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Issuer:
    def __init__(self, name, pairs):
        self.name, self.control, self.codes, self.fetches = name, {}, {}, 0
        self.use(pairs)

    def use(self, pairs):
        self.keys = {
            algorithm: jwk.JWK(**{**pair, "kid": secrets.token_hex(8), "use": "sig", "alg": algorithm})
            for algorithm, pair in pairs.items()
        }

    def public(self):
        return {"keys": [key.export_public(as_dict=True) for key in self.keys.values()]}

    def sign(self, algorithm, header, claims):
        key = self.keys[algorithm]
        token = jws.JWS(json.dumps(claims))
        token.add_signature(key, None, json.dumps({"alg": algorithm, "kid": key["kid"], **header}))
        return token.serialize(compact=True)

    def replaced(self, members, name):
        merged = {**members, **self.control.get(name, {})}
        return {name: value for name, value in merged.items() if value is not None}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def find(self):
        tenant, slash, rest = self.path[1:].partition("/")
        name = f"http://127.0.0.1:{self.server.server_port}/{tenant}"
        with lock:
            self.issuer = issuers.get(name) or issuers.setdefault(name, Issuer(name, first))
        return (slash + rest).partition("?")

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for header, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def misbehaves(self):
        control = self.issuer.control
        time.sleep(control.get("stall", 0))
        if "status" in control:
            self.answer(control["status"], self.issuer.public(), Location=self.issuer.name + "/jwks")
        return "status" in control

    def do_GET(self):
        path, _, query = self.find()
        issuer = self.issuer
        if path == "/count":
            return self.answer(200, issuer.fetches)
        if path == "/jwks":
            issuer.fetches += 1
        if self.misbehaves():
            return None
        if path == "/jwks":
            lifetime = f"public, max-age={issuer.control.get('maxAge', 600)}"
            return self.answer(200, issuer.public(), Cache_Control=lifetime)
        if path == "/.well-known/openid-configuration":
            return self.answer(200, issuer.replaced({
                "issuer": issuer.name, "jwks_uri": issuer.name + "/jwks",
                "authorization_endpoint": issuer.name + "/authorize", "token_endpoint": issuer.name + "/token",
                "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
                "authorization_response_iss_parameter_supported": True,
            }, "metadata"))
        if path == "/authorize":
            asked = dict(urllib.parse.parse_qsl(query))
            code = secrets.token_urlsafe(16)
            issuer.codes[code] = asked
            back = urllib.parse.urlencode({"code": code, "state": asked["state"], "iss": issuer.name})
            address = f"{asked['redirect_uri']}?{back}"
            return self.answer(302, address, Location=address)
        return self.answer(404, "{}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        path, _, _ = self.find()
        issuer = self.issuer
        if path == "/control":
            issuer.control = json.loads(body)
            if issuer.control.get("rotate"):
                issuer.use(generate())
            return self.answer(200, {})
        if path == "/sign":
            asked = json.loads(body)
            return self.answer(200, issuer.sign(asked["alg"], asked["header"], asked["claims"]))
        if self.misbehaves():
            return None
        return self.redeem(dict(urllib.parse.parse_qsl(body)))

    def redeem(self, form):
        issuer = self.issuer
        asked = issuer.codes.pop(form.get("code"), None)
        encoded = ":".join(urllib.parse.quote(part, safe="") for part in (CLIENT, SECRET)).encode()
        basic = "Basic " + base64.b64encode(encoded).decode()
        if self.headers.get("Authorization", basic) != basic or form.get("client_id", CLIENT) != CLIENT:
            return self.answer(401, {"error": "invalid_client"})
        challenge = digest(form.get("code_verifier", ""), 32)
        if not asked or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return self.answer(400, {"error": "invalid_grant"})
        now, access = int(time.time()), secrets.token_urlsafe(24)
        claims = issuer.replaced({
            "iss": issuer.name, "aud": CLIENT, "sub": asked.get("login_hint", "alice"), "nonce": asked["nonce"],
            "iat": now, "exp": now + 300, "auth_time": now, "at_hash": digest(access, 16), "name": "Alice Doe",
            "amr": ["pwd", "otp"], "acr": "2",
        }, "claims")
        token = issuer.sign("RS256", {"typ": "JWT"}, claims)
        return self.answer(200, {"access_token": access, "token_type": "Bearer", "id_token": token})


first = generate()
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
