"""Owns a proxy that counts what a client really sends: requests by service and operation, and the queries in GetMetricData."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import cbor2

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")
_SERVICES = {"monitoring": "cloudwatch"}
_REST = {
    "/foundation-models": "ListFoundationModels",
    "/inference-profiles": "ListInferenceProfiles",
    "/listTagsForResource": "ListTagsForResource",
}


class Counted:
    """What came through."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.regions: Counter[str] = Counter()
        self.queries = 0
        self.lock = threading.Lock()

    def note(self, path: str, headers: Message, body: bytes) -> None:
        """Counts one request."""
        scope = _SCOPE.search(headers.get("Authorization", ""))
        region, service = scope.groups() if scope else ("unsigned", "unsigned")
        operation, members = _operation(path, headers, body)
        with self.lock:
            self.calls[_SERVICES.get(service, service), operation] += 1
            self.regions[region] += 1
            self.queries += len(members.get("MetricDataQueries", []))


def _operation(path: str, headers: Message, body: bytes) -> tuple[str, dict[str, list[object]]]:
    kind = headers.get("Content-Type", "")
    if "/operation/" in path:
        return path.rsplit("/", 1)[1], cbor2.loads(body) if "cbor" in kind else {}
    if target := headers.get("X-Amz-Target"):
        return target.split(".", 1)[1], json.loads(body or b"{}")
    if kind.startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode())["Action"][0], {}
    return _REST.get(urlsplit(path).path, path), {}


@contextmanager
def counting(url: str) -> Iterator[tuple[str, Counted]]:
    """A proxy before a server; gives its address and what it counts."""
    counted, host = Counted(), urlsplit(url).netloc

    class Handler(BaseHTTPRequestHandler):
        """Forwards a request as it is."""

        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            counted.note(self.path, self.headers, body)
            connection = http.client.HTTPConnection(host, timeout=30)
            connection.request(self.command, self.path, body, {name: value for name, value in self.headers.items() if name.lower() != "host"})
            answer = connection.getresponse()
            data = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            connection.close()

        do_GET = do_POST = _forward

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", counted
    finally:
        server.shutdown()
        server.server_close()
