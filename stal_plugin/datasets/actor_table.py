"""What an actor detector saw of a video, kept on disk."""

import io
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from stal_plugin.files.atomic_file import atomic_pair


@dataclass(frozen=True)
class ActorTable:
    """The people of a video, frame by frame, and vectors of the steps they were seen.

    R rows, one per frame, person and variant; S steps, those of a person and variant
    one after the other.

    Args:
        frames: ``(R,)`` 1-based.
        variants: ``(R,)`` 0: as it is; above: moved, mirrored.
        persons: ``(R,)`` number of the person.
        boxes: ``(R, 4)`` float32 xyxy, pixels of the video.
        scores: ``(R,)`` float32, of the person.
        newest: ``(R,)`` step that was the newest on the frame, -1 for none.
        counts: ``(R,)`` steps of the person up to there.
        shape: ``(2,)`` height and width of the video.
        vectors: ``(S, D)`` float16, mapped from the file.
    """

    frames: NDArray[np.int32]
    variants: NDArray[np.int32]
    persons: NDArray[np.int64]
    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    newest: NDArray[np.int64]
    counts: NDArray[np.int64]
    shape: NDArray[np.int64]
    vectors: NDArray[np.float16]

    def rows_of(self, frame: int, variant: int = 0) -> NDArray[np.int64]:
        """Rows of a frame whose person was seen already."""
        first, last = np.searchsorted(self.frames, [frame, frame + 1])
        rows = np.arange(first, last)
        own = (self.variants[rows] == variant) & (self.newest[rows] >= 0)
        return rows[own]

    def windows(
        self, rows: NDArray[np.int64], length: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Vectors of the last steps of rows.

        Args:
            rows: N rows.
            length: W, steps at most.

        Returns:
            ``(N, W, D)``, the newest last, zeros before the first; and ``(N,)`` how
            many there are.
        """
        counts = np.minimum(self.counts[rows], length)
        windows = np.zeros((len(rows), length, self.vectors.shape[1]), np.float32)
        for place, (row, count) in enumerate(zip(rows, counts, strict=True)):
            stop = self.newest[row] + 1
            windows[place, length - count :] = self.vectors[stop - count : stop]
        return windows, counts

    def write(self, path: Path) -> None:
        """Write ``path`` (``.npz``) and the vectors beside it (``.npy``)."""
        small = {f.name: getattr(self, f.name) for f in fields(self)}
        vectors, table = io.BytesIO(), io.BytesIO()
        np.save(vectors, small.pop("vectors"))
        np.savez(table, **small)
        with atomic_pair(path, path.with_suffix(".npy")) as (first, second):
            first.write_bytes(table.getbuffer())
            second.write_bytes(vectors.getbuffer())

    @classmethod
    def read(cls, path: Path) -> "ActorTable":
        """Read what :meth:`write` wrote; the vectors stay on the disk.

        Raises:
            ValueError: A file is damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                small = {name: file[name] for name in file.files}
            vectors = np.load(path.with_suffix(".npy"), mmap_mode="r")
            table = cls(**small, vectors=vectors)
        except (OSError, ValueError, TypeError, EOFError, BadZipFile) as error:
            raise ValueError(
                f"the features in '{path}' are damaged ({error}): delete the file"
            ) from None
        return table


def table_of(parts: list["VariantRows"], shape: tuple[int, int]) -> ActorTable:
    """Join what was seen in each variant.

    Args:
        parts: One of each variant, in order.
        shape: Height and width of the video.
    """
    columns: dict[str, list] = {f.name: [] for f in fields(ActorTable)}
    total = 0
    for variant, part in enumerate(parts):
        steps, place = part.ordered_steps()
        for frame, person, box, score, step, count in part.rows:
            columns["frames"].append(frame)
            columns["variants"].append(variant)
            columns["persons"].append(person)
            columns["boxes"].append(box)
            columns["scores"].append(score)
            columns["newest"].append(-1 if step is None else total + place[step])
            columns["counts"].append(count)
        columns["vectors"].append(steps)
        total += len(steps)
    order = np.argsort(np.array(columns["frames"], np.int64), kind="stable")
    kinds = {"frames": "i4", "variants": "i4", "boxes": "f4", "scores": "f4"}
    arrays = {
        name: np.array(columns[name], kinds.get(name, "i8"))[order]
        for name in columns
        if name not in ("vectors", "shape")
    }
    arrays["boxes"] = arrays["boxes"].reshape(-1, 4)
    seen = [steps for steps in columns["vectors"] if len(steps)]
    vectors = np.concatenate(seen or columns["vectors"])
    return ActorTable(**arrays, shape=np.array(shape, np.int64), vectors=vectors)


class VariantRows:
    """Collects what is seen of a video, frame by frame.

    Vectors go to the end of one buffer and numbers into Python's own small blocks. An
    array of each step, between the large blocks that come and go with every frame,
    would leave holes that fit no further frame.
    """

    def __init__(self) -> None:
        self.rows: list[tuple] = []
        self._steps: dict[int, list[int]] = {}  # places of a person's vectors
        self._vectors = bytearray()
        self._count = 0

    def add(
        self, frame: int, person: int, box: NDArray, score: float, steps: int
    ) -> None:
        """Take in a person on a frame, who was seen in that many steps."""
        step = (person, steps - 1) if steps else None
        self.rows.append((frame, person, tuple(box.tolist()), score, step, steps))

    def add_step(self, person: int, vector: NDArray) -> None:
        """Take in the vector of a person's next step."""
        self._steps.setdefault(person, []).append(self._count)
        self._vectors += np.asarray(vector, np.float16).tobytes()
        self._count += 1

    def ordered_steps(self) -> tuple[NDArray, dict[tuple[int, int], int]]:
        """Vectors ``(S, D)``, person by person, and the place of each person's step."""
        order: list[int] = []
        place = {}
        for person, steps in self._steps.items():
            for number, index in enumerate(steps):
                place[person, number] = len(order)
                order.append(index)
        if not order:
            return np.zeros((0, 1), np.float16), place
        vectors = np.frombuffer(self._vectors, np.float16).reshape(self._count, -1)
        return vectors[order], place
