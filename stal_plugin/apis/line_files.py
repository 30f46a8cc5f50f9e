"""Files of results that grow line by line: JSON lines and csv."""

import csv
import io
import json
import logging
import os
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from stal_plugin.annotations.predictions import COLUMNS, prediction_texts
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.files.atomic_file import part_of
from stal_plugin.files.output_files import is_device
from stal_plugin.structures.box_table import BoxTable

_logger = logging.getLogger(__name__)


class LineFile:
    """A text file of which each line is on disk at once, and whole or absent.

    Args:
        path: The file; it is replaced, its folder is made.
        complete_at_end: Write to ``<path>.part``, which gets its name when it is
            closed: until then an earlier file stays as it is. Else the file grows
            under its own name, for live sources.
        append: Go on at the end of an earlier file. A last line that is torn, because
            the machine crashed, is cut off with a warning.

    Raises:
        OSError: It cannot be written; names the file. Later: the disk is full; what
            was written before is whole lines, in ``<path>.part`` if there is one.
    """

    def __init__(
        self,
        path: str | PathLike,
        complete_at_end: bool = False,
        append: bool = False,
    ) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.complete = False
        self._append = append
        self._failed = False
        at_end = complete_at_end and not is_device(self.path)
        self._part = part_of(self.path) if at_end else None
        self._size = _cut_torn_line(self.path) if append else 0
        try:
            mode = "ab" if append else "wb"
            self._file = (self._part or self.path).open(mode, buffering=0)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def write_text(self, text: str) -> None:
        """Append lines.

        Args:
            text: Each line of it ends in a line break.
        """
        rest = memoryview(text.encode())
        size = len(rest)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._failed = True
            with suppress(OSError):
                self._file.truncate(self._size)
            place = f"; the lines before are in {self._part}" if self._part else ""
            reason = f"{error.strerror}{place}"
            raise OSError(error.errno, reason, str(self.path)) from error
        self._size += size

    def close(self) -> None:
        """Close the file; it gets its name."""
        if self._file.closed:
            return
        with suppress(OSError):  # a pipe
            os.fsync(self._file.fileno())
        self._file.close()
        if self._failed:
            return
        if self._part:
            self._part.replace(self._part.with_suffix(""))
        self.complete = True

    def discard(self) -> None:
        """Close the file and leave none, or the earlier one as it was."""
        self._file.close()
        if self._part:
            self._part.unlink(missing_ok=True)
        elif not self._append and self.path.is_file():
            self.path.unlink()


def _cut_torn_line(path: Path) -> int:
    """Cut off what comes after the last line break; return the size that is left."""
    if not path.is_file():
        return 0
    with path.open("r+b") as file:
        content = file.read()
        size = content.rfind(b"\n") + 1
        if size < len(content):
            file.truncate(size)
            _logger.warning(
                "%s: its last line was torn, %d bytes were cut off",
                *(path, len(content) - size),
            )
    return size


class JsonlFile(LineFile):
    """One JSON object per line; see :class:`LineFile`."""

    def write(self, content: dict[str, Any]) -> None:
        """Append an object."""
        self.write_text(json.dumps(content, ensure_ascii=False) + "\n")


class PredictionFile(LineFile):
    """``predictions.csv``, written as the results come in; see :class:`LineFile`.

    ``tools/eval_csv.py`` and ``tools/draw.py`` read it.

    Args:
        path: The csv.
        video_id: What stands in the first column.
        complete_at_end: See :class:`LineFile`.
        append: See :class:`LineFile`.

    Raises:
        ValueError: ``append``, and the file has other columns.
    """

    def __init__(
        self,
        path: str | PathLike,
        video_id: str,
        complete_at_end: bool = False,
        append: bool = False,
    ) -> None:
        self.video_id = video_id
        header = _csv_text([COLUMNS])
        if append and Path(path).is_file():
            first = Path(path).read_bytes()[: len(header)].decode(errors="replace")
            if first not in ("", header):
                raise ValueError(f"{path} has other columns than {', '.join(COLUMNS)}")
        super().__init__(path, complete_at_end, append)
        if not self._size:
            self.write_text(header)

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
        self.write_text(_csv_text(prediction_texts(rows)))


def _csv_text(rows: Any) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
