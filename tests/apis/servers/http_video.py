"""Serve a video over HTTP from a process of its own: http_video.py FOLDER PORT.

/file/NAME: a file with its length. /live/NAME: the file bit by bit, without a length.
/stall/NAME: the first 30832 bytes at once, then nothing more. /short/NAME: announces
the length, but sends half. /locked/NAME: refused.
"""

import sys
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        _, kind, name = self.path.split("/")
        path = Path(sys.argv[1], name)
        if not path.is_file():
            self.send_error(404)
            return
        if kind == "locked":
            self.send_error(401)
            return
        data = path.read_bytes()
        self.send_response(200)
        if kind in ("file", "short"):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if kind in ("file", "short"):
            self.wfile.write(data[: len(data) // (2 if kind == "short" else 1)])
            return
        if kind == "stall":
            self.wfile.write(data[:30832])
            self.wfile.flush()
            time.sleep(600)
        size = 188 * 4
        with suppress(ConnectionError):  # the client has enough
            for start in range(0, len(data), size):
                self.wfile.write(data[start : start + size])
                self.wfile.flush()
                time.sleep(0.01)

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
