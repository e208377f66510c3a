"""A collector that takes nothing but what the protocol's own messages take. Prints its port; ends with its standard input.

`POST /v1/traces` answers 200 where the body is an ExportTraceServiceRequest to the letter: ids as hexadecimal digits of
the right length and not all zero, no unknown key, the media type, gzip only where it is said. All else is answered with
400 and why. `POST /busy/N` answers 503 with Retry-After to the first N requests and takes the next; `POST /partly` takes
all but one span; `POST /never` answers 400; `POST /slow` does not answer for 30 s. `GET /spans` lists what was taken,
`GET /requests` the headers of all requests, in lower case. `POST /check` checks a line without keeping it.
"""

import base64
import gzip
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

IDS = {"traceId": 32, "spanId": 16, "parentSpanId": 16}
taken, requests, busy = [], [], {}
lock = threading.Lock()


def with_base64(node, path=""):
    """The form that protobuf's own JSON has: bytes as base64, where OTLP has hexadecimal digits."""
    if isinstance(node, list):
        return [with_base64(item, path) for item in node]
    if not isinstance(node, dict):
        return node
    made = {}
    for key, value in node.items():
        if key in IDS:
            if not isinstance(value, str) or len(value) != IDS[key] or value != value.lower():
                raise ValueError(f"{key} is {value!r}")
            raw = bytes.fromhex(value)
            if not any(raw):
                raise ValueError(f"{key} is zero")
            made[key] = base64.b64encode(raw).decode()
        elif key in ("startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "intValue") and not isinstance(value, str):
            raise ValueError(f"{key} is {value!r}, and no text")
        elif key in ("kind", "code") and not isinstance(value, int):
            raise ValueError(f"{key} is {value!r}, and no integer")
        else:
            made[key] = with_base64(value, path + "/" + key)
    return made


def parsed(body):
    node = json.loads(body)
    message = json_format.ParseDict(with_base64(node), trace_service_pb2.ExportTraceServiceRequest())
    spans = [span for res in node["resourceSpans"] for scope in res["scopeSpans"] for span in scope["spans"]]
    if not spans:
        raise ValueError("no spans")
    for resource in message.resource_spans:
        if not any(attribute.key == "service.name" for attribute in resource.resource.attributes):
            raise ValueError("no service.name")
        for scope in resource.scope_spans:
            for span in scope.spans:
                if span.end_time_unix_nano < span.start_time_unix_nano or not span.start_time_unix_nano:
                    raise ValueError(f"the times of {span.name}")
                if len({attribute.key for attribute in span.attributes}) != len(span.attributes):
                    raise ValueError(f"an attribute twice in {span.name}")
    return node, spans


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value, **headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with lock:
            self.answer(200, taken if self.path == "/spans" else requests)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            requests.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        try:
            if self.headers["Content-Type"] != "application/json":
                raise ValueError(f"Content-Type is {self.headers['Content-Type']}")
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            node, spans = parsed(body)
        except (ValueError, KeyError, TypeError, OSError, json_format.ParseError) as error:
            return self.answer(400, {"message": str(error)})
        if self.path == "/slow":
            time.sleep(30)
        if self.path == "/never":
            return self.answer(400, {"message": f"no, {self.headers['Authorization']}"})
        if self.path.startswith("/busy/"):
            with lock:
                busy[self.path] = busy.get(self.path, 0) + 1
                is_busy = busy[self.path] <= int(self.path.split("/")[2])
            if is_busy:
                return self.answer(503, {}, Retry_After="0")
        if self.path == "/partly":
            return self.answer(200, {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "too old"}})
        if self.path != "/check":
            with lock:
                taken.extend(dict(span, resource=node["resourceSpans"][0]["resource"]) for span in spans)
        self.answer(200, {})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
