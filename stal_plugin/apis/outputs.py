"""Where the results of a run go: JSON lines, csv, video, window."""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from os import PathLike
from pathlib import Path

import cv2
import numpy as np

from stal_plugin.apis.action_events import ActionEvent
from stal_plugin.apis.frame_result import FrameResult, draw_result
from stal_plugin.apis.line_files import JsonlFile, PredictionFile
from stal_plugin.apis.sources import Source
from stal_plugin.video.video_writer import VideoWriter

_QUIT = (ord("q"), 27)
#: One of these tells where the screen is.
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


class ResultWindow:
    """A window that shows results; q or Esc in it ends the run.

    Args:
        title: Of the window.

    Raises:
        ValueError: This computer has no screen, or (when shown) OpenCV no windows.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        # without a screen, Qt inside OpenCV aborts the whole program
        linux = sys.platform.startswith("linux")
        if linux and not any(os.environ.get(name) for name in _SCREENS):
            raise _no_screen(f"none of {', '.join(_SCREENS)} is set")

    def show(self, image: np.ndarray) -> bool:
        """Show an image.

        Args:
            image: ``(H, W, 3)`` RGB.

        Returns:
            Whether to go on.
        """
        try:
            cv2.imshow(self.title, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
            return cv2.waitKey(1) & 0xFF not in _QUIT
        except cv2.error as error:
            raise _no_screen(str(error)) from None

    def close(self) -> None:
        """Close the window."""
        with suppress(cv2.error):
            cv2.destroyWindow(self.title)


def _no_screen(reason: str) -> ValueError:
    return ValueError(
        "--show needs a screen, and opencv-python (not -headless): "
        f"{reason}. Use --out instead"
    )


class Outputs:
    """Everything that a run writes and shows; what is None is left out.

    Use it in a ``with`` statement: at its end, also after an error or Ctrl-C, every
    file is complete up to the last result. Files of a source that has an end get their
    names only then, and an earlier file stays as it is until then; without a result
    there is none. Files of a live source grow under their own names.

    Args:
        source: What the results are of.
        video: mp4 with boxes drawn; its frames keep their times, and the shape of the
            source's pixels.
        json: JSONL file with a line per result.
        csv: ``predictions.csv``.
        events: JSONL file with a line per start and end of an action.
        show: Open a window.
        append: Of a live source, go on at the end of ``json``, ``csv`` and ``events``.

    Raises:
        ValueError: A name does not end in ``.mp4``, there is no screen, or ``append``
            is set and the source is not live.
        OSError: A file cannot be written.
    """

    def __init__(
        self,
        source: Source,
        video: str | PathLike | None = None,
        json: str | PathLike | None = None,
        csv: str | PathLike | None = None,
        events: str | PathLike | None = None,
        show: bool = False,
        append: bool = False,
    ) -> None:
        if append and not source.live:
            raise ValueError(f"{source.name} is not live, nothing can be appended to")
        self.files = [Path(p) for p in (video, json, csv, events) if p]
        #: Those that are complete, at the end.
        self.written: list[Path] = []
        self._source = source
        self._any_result = False
        how = {"complete_at_end": not source.live, "append": append}
        self._window = ResultWindow(source.name) if show else None
        self._video = None
        if video:
            rate = source.fps or 25.0
            self._video = VideoWriter(video, rate, timed=True, fragmented=source.live)
        self._json = JsonlFile(json, **how) if json else None
        name = Path(source.name).stem
        self._csv = PredictionFile(csv, name, **how) if csv else None
        self._events = JsonlFile(events, **how) if events else None

    def write(
        self, result: FrameResult, events: Sequence[ActionEvent] = (), status: str = ""
    ) -> bool:
        """Write a result.

        Args:
            result: What was found on a frame.
            events: What began or ended with it.
            status: Text for the corner of the picture.

        Returns:
            Whether to go on.
        """
        if self._video and not self._any_result:  # a rotation is known only now
            aspect = getattr(self._source, "pixel_aspect", 1.0)
            self._video.pixel_aspect = aspect
        self._any_result = True
        if self._json:
            self._json.write(result.to_dict())
        if self._csv:
            self._csv.write(result)
        self.write_events(events)
        if not (self._video or self._window):
            return True
        image = draw_result(result, status)
        if self._video:
            self._video.write(image, result.time)
        return self._window is None or self._window.show(image)

    def write_events(self, events: Sequence[ActionEvent]) -> None:
        """Write events."""
        if self._events:
            for event in events:
                self._events.write(event.to_dict())

    def __enter__(self) -> "Outputs":
        return self

    def __exit__(self, *error: object) -> None:
        files = [
            file
            for file in (self._video, self._json, self._csv, self._events)
            if file is not None
        ]
        with ExitStack() as stack:  # calls all of them, whatever happens
            stack.callback(
                lambda: self.written.extend(f.path for f in files if f.complete)
            )
            if self._window:
                stack.callback(self._window.close)
            for file in files:
                stack.callback(file.close if self._any_result else file.discard)
