"""An OAuth 2.0 server of Authlib: a token endpoint and what its tokens open. Prints its port; ends with its standard
input.

GET /api takes a token that was handed out, and answers with who asked for it, by which grant, for which scope.
"""

import base64
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.jose import JsonWebKey
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientCredentialsGrant,
    ClientMixin,
    JsonRequest,
    OAuth2Request,
    RefreshTokenGrant,
    ResourceOwnerPasswordCredentialsGrant,
    TokenMixin,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant

SECRET = "s3cr3t of-32+bytes/and=more:0123"
PUBLIC_KEY = open(sys.argv[1], "rb").read()
GRANTS = ["client_credentials", "password", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
TOKENS = {}
REFRESH = {}


class Client(ClientMixin):
    def __init__(self, name, method):
        self.name, self.method = name, method

    def get_client_id(self):
        return self.name

    def check_client_secret(self, secret):
        return secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        # Authlib has one name for both kinds of assertions; the key that it is checked with tells them apart.
        return method == ("client_assertion_jwt" if self.method.endswith("_jwt") else self.method)

    def check_grant_type(self, grant):
        return grant in GRANTS

    def get_allowed_scope(self, scope):
        return scope or ""


CLIENTS = {
    method: Client(method, method)
    for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]
}


METHODS = ["client_secret_basic", "client_secret_post", "none", JWTBearerClientAssertion.CLIENT_AUTH_METHOD]


class Token(TokenMixin):
    def __init__(self, fields, client, user, scope):
        self.fields, self.client, self.user, self.scope = fields, client, user, scope

    def check_client(self, client):
        return client is self.client

    def get_scope(self):
        return self.scope or ""

    def get_user(self):
        return self.user


class Request(OAuth2Request):
    def __init__(self, method, uri, form, headers):
        super().__init__(method, uri, headers=headers)
        self._form = form
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self):
        return self._form

    @property
    def args(self):
        return {}


class Server(AuthorizationServer):
    def query_client(self, client_id):
        return CLIENTS.get(client_id)

    def save_token(self, token, request):
        kept = Token(token, request.client, request.user, token.get("scope"))
        kept.grant = request.form["grant_type"]
        TOKENS[token["access_token"]] = kept
        if "refresh_token" in token:
            REFRESH[token["refresh_token"]] = kept

    def create_oauth2_request(self, request):
        return request

    def create_json_request(self, request):
        return JsonRequest(request.method, request.uri, headers=request.headers)

    def handle_response(self, status, body, headers):
        return status, body, headers

    def send_signal(self, name, *args, **kwargs):
        pass


class Password(ResourceOwnerPasswordCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_user(self, username, password):
        return username if (username, password) == ("änn", "p w+ö&=") else None


class Credentials(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class Refresh(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, token):
        # Rotated: each of them is good once.
        return REFRESH.pop(token, None)

    def authenticate_user(self, token):
        return token.user

    def revoke_old_credential(self, token):
        pass


class Bearer(JWTBearerGrant):
    def resolve_issuer_client(self, issuer):
        return CLIENTS.get(issuer)

    def resolve_client_key(self, client, headers, payload):
        return JsonWebKey.import_key(PUBLIC_KEY, {"kty": "EC"})

    def authenticate_user(self, subject):
        return subject

    def has_granted_permission(self, client, user):
        return True


class Assertion(JWTBearerClientAssertion):
    seen = set()

    def validate_jti(self, claims, jti):
        is_new = jti not in self.seen
        self.seen.add(jti)
        lives = claims["exp"] - claims["iat"]
        return is_new and lives <= 300 and claims["iss"] == claims["sub"] and claims["exp"] > time.time()

    def resolve_client_public_key(self, client, headers):
        if client.name == "client_secret_jwt":
            return SECRET
        return JsonWebKey.import_key(PUBLIC_KEY, {"kty": "EC"})


def server_at(url):
    server = Server(scopes_supported=["read", "write"])
    letters = iter(range(10**9))
    make = BearerTokenGenerator(
        lambda **_: f"access-{next(letters)}-of-authlib", lambda **_: f"refresh-{next(letters)}-of-authlib"
    )
    server.register_token_generator("default", make)
    assertion = Assertion(f"{url}/token", validate_jti=True)
    server.register_client_auth_method(Assertion.CLIENT_AUTH_METHOD, assertion)
    # Authlib takes what Basic has as it is; RFC 6749 has both form-encoded.
    server.register_client_auth_method("client_secret_basic", basic)
    for grant in [Credentials, Password, Refresh, Bearer]:
        server.register_grant(grant)
    return server


def basic(query_client, request):
    scheme, _, given = (request.headers.get("Authorization") or "").partition(" ")
    if scheme != "Basic":
        return None
    name, _, secret = base64.b64decode(given).decode().partition(":")
    client = query_client(urllib.parse.unquote_plus(name))
    return client if client and client.check_client_secret(urllib.parse.unquote_plus(secret)) else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body, headers=()):
        text = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        both = self.headers.get("Authorization") and "client_secret" in form
        if both or self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return self.reply(400, {"error": "invalid_request"}, [("Content-Type", "application/json")])
        headers = {name.title(): value for name, value in self.headers.items()}
        request = Request("POST", self.server.url + self.path, form, headers)
        return self.reply(*self.server.oauth2.create_token_response(request))

    def do_GET(self):
        given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        token = TOKENS.get(given)
        if token is None:
            return self.reply(401, {"error": "invalid_token"})
        who = {"client": token.client.name, "user": token.user, "grant": token.grant, "scope": token.scope}
        return self.reply(200, who, [("Content-Type", "application/json")])


if __name__ == "__main__":
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.url = f"http://127.0.0.1:{web.server_address[1]}"
    web.oauth2 = server_at(web.url)
    REFRESH["first-refresh-of-authlib"] = Token({}, CLIENTS["none"], "ann", "read")
    threading.Thread(target=web.serve_forever, daemon=True).start()
    print(web.server_address[1], flush=True)
    sys.stdin.read()
