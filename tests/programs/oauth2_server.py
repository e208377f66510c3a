"""An OAuth 2.0 server made of Authlib, and an API behind it. Prints its ports; ends with its standard input.

Arguments: a folder, in which the keys and certificates of clients are made anew. The first port speaks HTTP, the
second HTTPS and takes certificates of clients. `/api` says how the token was come by, `/once` takes each token once,
`/signed/ALG` takes tokens that are signed with that algorithm, as joserfc verifies them.
"""

import base64
import datetime
import ipaddress
import os
import ssl
import sys
import threading
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, grants
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from flask import Flask, jsonify, request
from joserfc import jwk, jwt
from werkzeug.serving import WSGIRequestHandler, make_server

FOLDER = sys.argv[1]
SECRET = "s3cr3t/+=:&%41ü"
SHARED = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


def write(name, data):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


KEYS = {"rsa": rsa.generate_private_key(65537, 2048), "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()), "ed25519": ed25519.Ed25519PrivateKey.generate()}
for name, key in KEYS.items():
    write(name + ".pem", private_pem(key))


def public(name):
    pem = KEYS[name].public_key().public_bytes(serialization.Encoding.PEM,
                                               serialization.PublicFormat.SubjectPublicKeyInfo)
    return jwk.import_key(pem, "OKP" if name == "ed25519" else "RSA" if name == "rsa" else "EC")


def certificate(common_name, issuer=None):
    """A certificate and its key; the first of all is the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    signer = issuer[1] if issuer else key
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer[0].subject if issuer else subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .sign(signer, hashes.SHA256()))
    return made, key


AUTHORITY = certificate("authority")
for name, pair in {"server": certificate("server", AUTHORITY), "client": certificate("mtls", AUTHORITY)}.items():
    write(name + "-cert.pem", pair[0].public_bytes(serialization.Encoding.PEM))
    write(name + "-key.pem", private_pem(pair[1]))
write("authority.pem", AUTHORITY[0].public_bytes(serialization.Encoding.PEM))


class Client(ClientMixin):
    def __init__(self, name, method, secret=None, key=None):
        self.client_id, self.method, self.secret, self.key = name, method, secret, key

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return " ".join(word for word in (scope or "").split() if word in ("read", "write"))

    def check_redirect_uri(self, _):
        return False

    def check_client_secret(self, secret):
        return self.secret == secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.method

    def check_response_type(self, _):
        return False

    def check_grant_type(self, _):
        return True


CLIENTS = {client.client_id: client for client in [
    Client("basic:ü", "client_secret_basic", SECRET),
    Client("raw", "client_secret_basic_raw", SECRET),
    Client("post", "client_secret_post", SECRET),
    Client("shared", "client_assertion_jwt", key=jwk.import_key(SHARED, "oct")),
    Client("signing-ec", "client_assertion_jwt", key=public("p256")),
    Client("signing-rsa", "client_assertion_jwt", key=public("rsa")),
    Client("mtls", "tls_client_auth"),
    Client("public", "none", key=public("rsa")),
]}


class Token:
    def __init__(self, client, user, grant, method, scope, generation):
        self.client, self.user, self.grant, self.method = client, user, grant, method
        self.scope, self.generation, self.uses = scope, generation, 0
        self.is_revoked = False

    def check_client(self, client):
        return client is self.client

    def get_scope(self):
        return self.scope


LOCK = threading.Lock()
ACCESS, REFRESH, USED, COUNTS = {}, {}, set(), {"token": 0}
REFRESH["first-refresh-token"] = Token(CLIENTS["public"], "ann", "given", "none", "read", 0)


def save_token(token, asked):
    old = getattr(asked, "refresh_token", None)
    made = Token(asked.client, asked.user, asked.payload.grant_type, getattr(asked, "auth_method", "none"),
                 token.get("scope", ""), old.generation + 1 if old else 1)
    with LOCK:
        ACCESS[token["access_token"]] = made
        if "refresh_token" in token:
            REFRESH[token["refresh_token"]] = made


METHODS = ["client_secret_basic", "client_secret_post", "client_secret_basic_raw", "client_assertion_jwt",
           "tls_client_auth", "none"]


def rotating(*_args, **_named):
    return generate_token(48)


app = Flask("oauth2")
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = rotating
server = AuthorizationServer(app, CLIENTS.get, save_token)


def raw_basic(query_client, asked):
    """Name and secret as they stand, as servers have them that never read appendix B."""
    kind, _, text = asked.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    name, _, secret = base64.b64decode(text).decode().partition(":")
    client = query_client(name)
    return client if client and client.check_client_secret(secret) else None


def by_certificate(query_client, asked):
    name = request.environ.get("client_certificate")
    return query_client(name) if name and name == asked.form.get("client_id") else None


def audiences():
    return [request.base_url]


class Assertion(JWTBearerClientAssertion):
    def get_audiences(self):
        return audiences()

    def verify_claims(self, claims):
        super().verify_claims(claims)
        if not 0 < claims["exp"] - claims["iat"] <= 300:
            raise InvalidClientError(description="the assertion lives too long")

    def validate_jti(self, claims, jti):
        with LOCK:
            is_new = jti not in USED
            USED.add(jti)
        return is_new

    def resolve_client_public_key(self, client):
        return client.key


server.register_client_auth_method("client_secret_basic_raw", raw_basic)
server.register_client_auth_method("tls_client_auth", by_certificate)
server.register_client_auth_method(Assertion.CLIENT_AUTH_METHOD, Assertion())


class ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class Password(grants.ResourceOwnerPasswordCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_user(self, username, password):
        return username if (username, password) == ("ann", "pass wörd&=+") else None


class Refresh(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, text):
        token = REFRESH.get(text)
        return token if token and not token.is_revoked else None

    def authenticate_user(self, token):
        return token.user

    def revoke_old_credential(self, token):
        # Whoever comes with it again has not taken the new one.
        token.is_revoked = True


class Bearer(JWTBearerGrant):
    def resolve_issuer_client(self, issuer):
        return CLIENTS.get(issuer)

    def resolve_client_public_key(self, client):
        return client.key

    def authenticate_user(self, subject):
        return subject

    def get_audiences(self):
        return audiences()

    def has_granted_permission(self, client, user):
        return user in ("ann", client.client_id)


for grant in (ClientCredentials, Password, Refresh, Bearer):
    server.register_grant(grant)


@app.post("/token")
def token():
    COUNTS["token"] += 1
    in_header = "Authorization" in request.headers
    in_form = any(name in request.form for name in ("client_secret", "client_assertion"))
    if in_header and in_form:
        return jsonify(error="invalid_request", error_description="two client authentications"), 400
    if request.headers.get("Accept") != "application/json":
        return jsonify(error="invalid_request", error_description="no Accept"), 400
    return server.create_token_response()


def presented():
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return text if kind == "Bearer" else ""


@app.get("/api")
def api():
    found = ACCESS.get(presented())
    if not found:
        return jsonify(error="invalid_token"), 401
    return jsonify(client=found.client.client_id, user=found.user, grant=found.grant.rpartition(":")[2],
                   method=found.method, scope=found.scope, generation=found.generation)


@app.get("/once")
def once():
    found = ACCESS.get(presented())
    with LOCK:
        if not found or found.uses > 0:
            return jsonify(error="invalid_token"), 401
        found.uses += 1
    return jsonify(grant=found.grant, generation=found.generation)


@app.get("/count")
def count():
    return jsonify(COUNTS)


@app.get("/signed/<algorithm>")
def signed(algorithm):
    key = {"RS": "rsa", "PS": "rsa", "ES256": "p256", "ES384": "p384", "EdDSA": "ed25519"}
    name = key.get(algorithm) or key.get(algorithm[:2])
    key = public(name) if name else jwk.import_key(SHARED, "oct")
    decoded = jwt.decode(presented(), key, algorithms=[algorithm])
    claims = decoded.claims
    if not (claims["iat"] <= time.time() + 1 and claims["exp"] == claims["iat"] + 60 and claims["jti"]):
        return jsonify(error="times"), 401
    return jsonify(header=decoded.header, sub=claims["sub"])


@app.errorhandler(Exception)
def wrong(error):
    return jsonify(error=type(error).__name__, error_description=str(error)), 500


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass

    def make_environ(self):
        environ = super().make_environ()
        if isinstance(self.connection, ssl.SSLSocket):
            subject = (self.connection.getpeercert() or {}).get("subject", ())
            environ["client_certificate"] = dict(pair for names in subject for pair in names).get("commonName")
        return environ


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(FOLDER, "server-cert.pem"), os.path.join(FOLDER, "server-key.pem"))
context.load_verify_locations(os.path.join(FOLDER, "authority.pem"))
context.verify_mode = ssl.CERT_OPTIONAL
plain = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
tls = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler, ssl_context=context)
print(plain.server_port, tls.server_port, flush=True)
for listener in (plain, tls):
    threading.Thread(target=listener.serve_forever, daemon=True).start()
sys.stdin.read()
