"""Where the results of a run go: JSON lines, csv, video, window."""

import csv
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from stal_plugin.annotations.predictions import COLUMNS, prediction_texts
from stal_plugin.apis.action_events import ActionEvent
from stal_plugin.apis.frame_result import FrameResult, draw_result
from stal_plugin.apis.sources import Source
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video.video_writer import VideoWriter


class JsonlFile:
    """One JSON object per line; every line is on disk at once.

    Args:
        path: The file; it is replaced, its folder is made.
    """

    def __init__(self, path: str | PathLike) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", encoding="utf-8", buffering=1)

    def write(self, content: dict[str, Any]) -> None:
        """Append an object."""
        self._file.write(json.dumps(content, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class PredictionFile:
    """``predictions.csv``, written as the results come in.

    ``tools/eval_csv.py`` and ``tools/draw.py`` read it.

    Args:
        path: The csv; it is replaced, its folder is made.
        video_id: What stands in the first column.
    """

    def __init__(self, path: str | PathLike, video_id: str) -> None:
        self.path = Path(path)
        self.video_id = video_id
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", encoding="utf-8", newline="", buffering=1)
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, result: FrameResult) -> None:
        """Append the rows of a frame."""
        height, width = result.image.shape[:2]
        count = len(result)
        rows = BoxTable(
            frames=np.full(count, result.frame, np.int64),
            boxes=result.boxes.astype(np.float64) / (width, height, width, height),
            labels=result.labels,
            video_ids=np.full(count, self.video_id, dtype=object),
            scores=result.scores,
            objectness=result.objectness,
        )
        self._writer.writerows(prediction_texts(rows))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


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
    file is complete up to the last result.

    Args:
        source: What the results are of.
        video: mp4 with boxes drawn; its frames keep their times.
        json: JSONL file with a line per result.
        csv: ``predictions.csv``.
        events: JSONL file with a line per start and end of an action.
        show: Open a window.
    """

    def __init__(
        self,
        source: Source,
        video: str | PathLike | None = None,
        json: str | PathLike | None = None,
        csv: str | PathLike | None = None,
        events: str | PathLike | None = None,
        show: bool = False,
    ) -> None:
        self.files = [Path(p) for p in (video, json, csv, events) if p]
        self._window = ResultWindow(source.name) if show else None
        self._video = None
        if video:
            rate = source.fps or 25.0
            self._video = VideoWriter(video, rate, timed=True, fragmented=source.live)
        self._json = JsonlFile(json) if json else None
        self._csv = PredictionFile(csv, Path(source.name).stem) if csv else None
        self._events = JsonlFile(events) if events else None

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
        closers = [
            output.close
            for output in (
                *(self._video, self._json, self._csv, self._events, self._window),
            )
            if output
        ]
        with ExitStack() as stack:  # calls all of them, whatever happens
            for close in closers:
                stack.callback(close)
