"""The one table of boxes: of annotations, predictions, imports and evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Columns that are equal in the rows of one box with several labels.
BOX_COLUMNS = ("video_ids", "frames", "person_ids", "boxes")
#: Columns that are equal in rows that say the same thing twice.
ROW_COLUMNS = (*BOX_COLUMNS, "labels")

_PRIME = 1_000_003
_DEFAULT = cast(NDArray, None)  # replaced by __post_init__


@dataclass(frozen=True)
class BoxTable:
    """Boxes with labels of many frames as parallel columns, N rows.

    One row per (box, label): a box with several labels takes one row for each, with
    equal frame, corners and person. The columns are arrays; whoever holds the table
    says whether the corners are in pixels or normalised. Values are not checked here
    (files may hold anything): see ``stal_plugin.structures.checks``.

    Args:
        frames: ``(N,)`` number of the frame in its video: int64, 1-based in our files;
            as the file counts them (also seconds, float64) in foreign ones. In the
            evaluation 0-based ids of the evaluated frames.
        boxes: ``(N, 4)`` float xyxy, continuous corners: 0 is the left or upper edge
            of the image, its width or height (1 if normalised) the right or lower one.
        labels: ``(N,)`` int64 class, 0-based (``action_id`` of the csv files minus 1).
        video_ids: ``(N,)`` str (dtype object). Default: ``''``, one nameless video.
        scores: ``(N,)`` float. Default: 1, as for ground truth.
        objectness: ``(N,)`` float, confidence before the class score. Default: the
            scores.
        person_ids: ``(N,)`` int64, unique within a video; -1 where unknown. Default:
            -1.
        origins: ``(N,)`` where each row comes from: its line in a csv (1-based) or a
            text such as ``annotations[3]``, for messages. Default: its number in the
            table, 0-based.

    Raises:
        ValueError: A column has another length, or the boxes another shape.
    """

    frames: NDArray
    boxes: NDArray[np.floating]
    labels: NDArray[np.int64]
    video_ids: NDArray[np.object_] = field(default=_DEFAULT)
    scores: NDArray[np.floating] = field(default=_DEFAULT)
    objectness: NDArray[np.floating] = field(default=_DEFAULT)
    person_ids: NDArray[np.int64] = field(default=_DEFAULT)
    origins: NDArray = field(default=_DEFAULT)

    def __post_init__(self) -> None:
        """Fill the columns that were not given and compare the shapes."""
        size = len(self.frames)
        scores = np.broadcast_to(1.0, size) if self.scores is None else self.scores
        defaults = {
            "video_ids": np.broadcast_to(np.array("", object), size),
            "scores": scores,
            "objectness": scores,
            "person_ids": np.broadcast_to(-1, size),
            "origins": np.arange(size),
        }
        for name, column in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, column)
        for name, column in self.columns().items():
            shape = (size, 4) if name == "boxes" else (size,)
            if column.shape != shape:
                raise ValueError(f"{name} has shape {column.shape}, expected {shape}")

    @classmethod
    def empty(cls) -> "BoxTable":
        """Return a table without rows."""
        return cls(np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0, np.int64))

    @classmethod
    def from_labels(
        cls, frames: NDArray, boxes: NDArray, labels: NDArray, **columns: NDArray
    ) -> "BoxTable":
        """Make rows of boxes that may have several labels each.

        Args:
            frames: ``(B,)`` frame of each box.
            boxes: ``(B, 4)``.
            labels: ``(B,)`` 0-based integers, or ``(B, K)`` multi-hot; a box without a
                label gets no row.
            **columns: ``(B,)`` each, other columns by name.

        Returns:
            The rows, ordered by box, then by label.
        """
        box_inds, flat = label_rows(labels)
        others = {name: column[box_inds] for name, column in columns.items()}
        return cls(frames[box_inds], boxes[box_inds], flat, **others)

    @classmethod
    def concat(cls, tables: Sequence["BoxTable"]) -> "BoxTable":
        """Join tables.

        Args:
            tables: Any number of them.

        Returns:
            Their rows, one table after the other.
        """
        if not tables:
            return cls.empty()
        names = [column.name for column in fields(cls)]
        return cls(*(np.concatenate([getattr(t, n) for t in tables]) for n in names))

    def __len__(self) -> int:
        return len(self.frames)

    def columns(self) -> dict[str, NDArray]:
        """Return the columns by name."""
        return dict(vars(self))

    def take(self, rows: NDArray | slice) -> "BoxTable":
        """Choose rows.

        Args:
            rows: Indices in any order, a mask ``(N,)``, or a slice.

        Returns:
            These rows.
        """
        return BoxTable(**{name: c[rows] for name, c in self.columns().items()})

    def groups(self, columns: Sequence[str] = BOX_COLUMNS) -> NDArray[np.int64]:
        """Number the distinct rows.

        Args:
            columns: Names of the columns that count. Default: rows of one box with
                several labels form one group.

        Returns:
            ``(N,)`` group of each row: 0, 1, ... by first appearance.
        """
        keys = self._keys(columns)
        mixed = np.zeros(len(self), np.int64)
        for key in keys:
            mixed = mixed * _PRIME + key  # wraps around
        codes = pd.factorize(mixed)[0]
        first = _first_rows(codes)
        if all((key == key[first[codes]]).all() for key in keys):
            return codes
        for key in keys:  # unequal rows were mixed to one number
            own = pd.factorize(key)[0]
            codes = pd.factorize(codes * len(self) + own)[0]
        return codes

    def repeats(self, columns: Sequence[str] = ROW_COLUMNS) -> NDArray[np.bool_]:
        """Find rows that equal an earlier one.

        Args:
            columns: Names of the columns that count. Default: all that ground truth
                has. With ``BOX_COLUMNS`` the first label of each box is no repeat, its
                other ones are.

        Returns:
            ``(N,)`` bool.
        """
        codes = self.groups(columns)
        return _first_rows(codes)[codes] < np.arange(len(self))

    def _keys(self, columns: Sequence[str]) -> list[NDArray[np.int64]]:
        """Integers ``(N,)`` that are equal where the values of a column are."""
        keys: list[NDArray[np.int64]] = []
        for name in columns:
            column = getattr(self, name)
            if column.dtype.kind == "f":  # + 0.0 turns -0.0 into 0.0
                column = (column + 0.0).astype(np.float64).T.copy().view(np.int64)
            elif column.dtype.kind not in "iu":
                column = pd.factorize(column)[0]
            keys += list(np.atleast_2d(column))
        return keys


def _first_rows(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """First row of each group, for codes that count by first appearance."""
    first = np.zeros(codes.max(initial=-1) + 1, np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


def indices_of(names: NDArray[np.object_], known: Iterable[str]) -> NDArray[np.int64]:
    """Look up the place of each name in a list.

    Args:
        names: ``(N,)`` str, with repetitions.
        known: Distinct names.

    Returns:
        ``(N,)``; -1 for a name that is not in the list.
    """
    codes, distinct = pd.factorize(np.asarray(names, object))
    places = {name: i for i, name in enumerate(known)}
    by_code = np.array([places.get(name, -1) for name in distinct], np.int64)
    return by_code[codes] if len(codes) else np.zeros(0, np.int64)


def label_rows(labels: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Turn labels into parallel arrays (box index, 0-based label).

    Args:
        labels: ``(B,)`` 0-based integers, or ``(B, K)`` multi-hot.

    Returns:
        Two arrays ``(R,)``, ordered by box, then by label.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2:
        box_inds, flat = np.nonzero(labels > 0.5)
        return box_inds.astype(np.int64), flat.astype(np.int64)
    return np.arange(len(labels), dtype=np.int64), labels.astype(np.int64)
