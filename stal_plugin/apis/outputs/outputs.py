"""Everything that a run writes and shows."""

from collections.abc import Sequence
from contextlib import ExitStack
from os import PathLike
from pathlib import Path

from stal_plugin.apis.action_event import ActionEvent
from stal_plugin.apis.draw_result import draw_result
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.outputs.jsonl_file import JsonlFile
from stal_plugin.apis.outputs.prediction_file import PredictionFile
from stal_plugin.apis.outputs.result_json import result_json
from stal_plugin.apis.outputs.result_window import ResultWindow
from stal_plugin.apis.sources import Source
from stal_plugin.datasets.video.video_writer import VideoWriter


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
            self._json.write(result_json(result))
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
                self._events.write(event.to_json())

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
