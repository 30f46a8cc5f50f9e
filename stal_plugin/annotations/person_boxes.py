"""People that a detector of another project found on key frames."""

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stal_plugin.annotations.csv_columns import Kinds, read_columns
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.files.atomic_file import atomic_file

_CORNERS = ("x1", "y1", "x2", "y2")
_KINDS: Kinds = {
    "video_id": str,
    "frame": int,
    **dict.fromkeys(_CORNERS, float),
    "score": float,
}
_FIX = (
    "A row is video_id,frame,x1,y1,x2,y2,score: frames count from 1, corners are "
    "divided by width and height, scores are in [0, 1]"
)


@dataclass(frozen=True)
class PersonBoxes:
    """Boxes of people by video and frame.

    Args:
        video_ids: ``(N,)`` str.
        frames: ``(N,)`` from 1.
        boxes: ``(N, 4)`` float32, normalised xyxy.
        scores: ``(N,)`` float32 in [0, 1].
    """

    video_ids: NDArray
    frames: NDArray[np.int64]
    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    _rows: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = pd.DataFrame({"video": self.video_ids, "frame": self.frames})
        groups = keys.groupby(["video", "frame"], sort=False).indices
        object.__setattr__(self, "_rows", groups)

    def of(
        self, video_id: str, frame: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return boxes ``(M, 4)`` and scores ``(M,)`` on a frame, in their order."""
        rows = self._rows.get((video_id, frame), np.zeros(0, np.int64))
        return self.boxes[rows], self.scores[rows]


def read_person_boxes(path: str | PathLike) -> PersonBoxes:
    """Read a csv of people.

    Args:
        path: Rows ``video_id,frame,x1,y1,x2,y2,score``, with or without a header line.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Names each faulty line and what is allowed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no file of people '{path}'. For AVA "
            "tools/dataset_converters/ava.py --proposals writes it"
        )
    columns, problems = read_columns(path, _KINDS)
    raise_problems(path, problems, _FIX)
    boxes = np.stack([columns[name] for name in _CORNERS], axis=1)
    scores = columns["score"]
    inside = (boxes >= 0).all(1) & (boxes <= 1).all(1)
    wrong = ~(inside & (boxes[:, 2:] > boxes[:, :2]).all(1))
    faults = [
        f"line {line}: box {box} is not x1 < x2, y1 < y2 in [0, 1]"
        for line, box in zip(columns["line"][wrong], boxes[wrong].tolist(), strict=True)
    ]
    wrong = (scores < 0) | (scores > 1)
    faults += [
        f"line {line}: score {score:g} is not in [0, 1]"
        for line, score in zip(columns["line"][wrong], scores[wrong], strict=True)
    ]
    raise_problems(path, faults, _FIX)
    return PersonBoxes(
        columns["video_id"],
        columns["frame"],
        boxes.astype(np.float32),
        scores.astype(np.float32),
    )


def write_person_boxes(people: PersonBoxes, path: Path) -> None:
    """Write what :func:`read_person_boxes` reads, with a header line.

    Args:
        people: The boxes.
        path: File to write.
    """
    table = pd.DataFrame({"video_id": people.video_ids, "frame": people.frames})
    table[[*_CORNERS]] = people.boxes
    table["score"] = people.scores
    with atomic_file(path) as part:
        table.to_csv(part, index=False, float_format="%.6f", lineterminator="\n")
