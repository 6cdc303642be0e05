"""Serves the repository's document, the artefacts and the icons, with the types that Cosmos wants."""

import http.server
import shutil

from image_common import Fault

from universe_build import DOCUMENT, encoded
from universe_package import ARTIFACTS, Artifacts, Package

# Cosmos decides by this alone how to read the document.
REPOSITORY = "application/vnd.dcos.universe.repo+json;charset=utf-8;version=v4"


def routes(package: Package, artifacts: Artifacts, repository):
    """By path: the type, and the file or the bytes."""
    found = {f"/{DOCUMENT}": (REPOSITORY, encoded(repository))}
    for name in package.icons():
        found[f"/icons/{name}"] = ("image/png", package.folder / "icons" / name)
    for name in ARTIFACTS:
        try:
            found[f"/artifacts/{name}"] = ("application/octet-stream", artifacts.path(name))
        except Fault:
            # Not built: 404. What the document names was asked for when that was made.
            continue
    return found


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET and HEAD for the paths that there are."""

    server_version = "understudy-universe"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    # In seconds: for whoever connects and says nothing.
    timeout = 60
    routes = {}

    def do_GET(self):
        self.answer(with_body=True)

    def do_HEAD(self):
        self.answer(with_body=False)

    def answer(self, with_body):
        found = self.routes.get(self.path.partition("?")[0])
        if found is None:
            self.send_error(404)
            return
        kind, content = found
        if isinstance(content, bytes):
            self.head(kind, len(content))
            if with_body:
                self.wfile.write(content)
            return
        try:
            file = content.open("rb")
        except OSError:
            self.send_error(404)
            return
        with file:
            self.head(kind, content.stat().st_size)
            if with_body:
                shutil.copyfileobj(file, self.wfile)

    def head(self, kind, length):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def server(listen, port, found):
    """Bound and listening, not answering yet; port 0 picks one."""
    handler = type("Bound", (Handler,), {"routes": found})
    return http.server.ThreadingHTTPServer((listen, port), handler)
