"""A server that takes only what botocore would have signed the same. Prints its port; ends with its standard input.

Each request is signed again with botocore, from the line and the signed headers that came; where the signatures
differ, the answer is 403 with what botocore signs.
"""

import hashlib
import http.server
import re
import sys
import threading

import botocore.auth
import botocore.awsrequest
import botocore.credentials

SECRETS = {"AKIDEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
HEADER = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request, "
                    r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, text = self.judge(body)
        text = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

    def judge(self, body):
        found = HEADER.match(self.headers.get("Authorization", ""))
        if not found:
            return 401, "no signature: %r" % self.headers.get("Authorization")
        key_id, day, region, service, signed, signature = found.groups()
        token = self.headers.get("X-Amz-Security-Token")
        credentials = botocore.credentials.Credentials(key_id, SECRETS.get(key_id, ""), token)
        kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        auth = kind(credentials, service, region)
        named = self.headers.get("X-Amz-Content-SHA256")
        if named not in (None, "UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            return 400, "the body is another one"
        if service == "s3" and named is None:
            return 400, "S3 wants x-amz-content-sha256"
        wanted = {"host", "x-amz-date"} | ({"x-amz-security-token"} if token else set())
        if not wanted <= set(signed.split(";")):
            return 400, "not signed: %s" % (wanted - set(signed.split(";")))
        request = botocore.awsrequest.AWSRequest(
            method=self.command, url="http://%s%s" % (self.headers["Host"], self.path), data=body)
        for name in signed.split(";"):
            for value in self.headers.get_all(name, []):
                request.headers[name] = value
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        canonical = auth.canonical_request(request)
        expected = auth.signature(auth.string_to_sign(request, canonical), request)
        if expected != signature:
            return 403, "botocore signs\n" + canonical
        return 200, '{"signed": "%s"}' % signed


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
