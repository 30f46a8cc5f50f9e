"""A camera over HTTP in a process of its own: camera_server.py FPS CONNECTION [PORT].

MPEG-TS, encoded as it is sent, at its own pace. Each connection breaks off after
CONNECTION seconds, as those of routers do; the camera's pictures go on meanwhile.
"""

import sys
import time
from contextlib import suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np

FPS, CONNECTION = int(sys.argv[1]), float(sys.argv[2])
NOISE = np.random.default_rng(0).integers(60, 120, (48, 64, 3), dtype=np.uint8)
START = time.monotonic()


def picture(number: int) -> np.ndarray:
    """A bright square on noise, which moves, and is away for a while now and then."""
    image = NOISE.copy()
    if number % 500 < 400:
        left = 3 * number % 48
        image[10:30, left : left + 16] = (250, 40, number % 250)
    return image


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with (
            suppress(OSError, av.FFmpegError),  # the client has enough
            av.open(
                self.wfile,
                "w",
                format="mpegts",
                options={"flush_packets": "1"},
                buffer_size=1316,
            ) as container,
        ):
            self.send(container)

    def send(self, container: av.container.OutputContainer) -> None:
        options = {"tune": "zerolatency", "preset": "ultrafast"}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.gop_size = FPS
        first = int((time.monotonic() - START) * FPS) + 1
        for number in range(first, first + round(CONNECTION * FPS)):
            time.sleep(max(0.0, START + number / FPS - time.monotonic()))
            frame = av.VideoFrame.from_ndarray(picture(number), "rgb24")
            frame.pts, frame.time_base = number - first, Fraction(1, FPS)
            container.mux(stream.encode(frame))

    def log_message(self, *_: object) -> None:
        pass


port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
