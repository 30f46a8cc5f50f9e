"""Frames of a camera at this computer."""

import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import cv2

from stal_plugin.apis.sources.source import Frame


class CameraSource:
    """Frames of a camera at this computer.

    Args:
        device: Its number, from 0, or its name, such as ``/dev/video0``.

    Raises:
        ValueError: The camera cannot be opened. Later: it was pulled out.
    """

    live = True
    num_frames: int | None = None

    def __init__(self, device: int | str) -> None:
        self.name = f"camera {device}"
        self._stop = Event()
        self._camera: Any = cv2.VideoCapture(device)
        if not self._camera.isOpened():
            raise ValueError(
                f"{self.name} cannot be opened: is it plugged in, is another program "
                "using it, may this user read it?"
            )
        rate = self._camera.get(cv2.CAP_PROP_FPS)
        self.fps = rate if 1 <= rate <= 1000 else None

    def __iter__(self) -> Iterator[Frame]:
        """Read frames until the camera is closed."""
        number, start = 0, 0.0
        try:
            while not self._stop.is_set():
                ok, image = self._camera.read()
                if not ok:
                    raise ValueError(f"{self.name} gives no more frames")
                now = time.monotonic()
                number, start = number + 1, start or now
                rgb: Any = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                yield Frame(rgb, number, now - start, now)
        finally:
            self._camera.release()

    def close(self) -> None:
        """Stop after the frame that is being read."""
        self._stop.set()
