"""Keypoints of the actors, in a file beside the annotation."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.problems import raise_problems, shortened
from stal_plugin.files.atomic_file import atomic_file

_ARRAYS = ("names", "videos", "video", "frame", "person_id", "points", "visible")
_FIX = "Write annotation and keypoints again with the converter that made them."


@dataclass(frozen=True)
class Keypoints:
    """Keypoints of the actors, parallel to the rows of an annotation.

    N rows, K keypoints.

    Args:
        names: ``(K,)`` names; ``right_x`` and ``left_x`` swap under a horizontal flip.
        video_ids: ``(N,)`` str.
        frames: ``(N,)`` int64, 1-based.
        person_ids: ``(N,)`` int64.
        points: ``(N, K, 2)`` float32, x and y normalised by the video's width and
            height; may lie outside of [0, 1].
        visible: ``(N, K)`` bool: annotated and inside of the image.
    """

    names: tuple[str, ...]
    video_ids: NDArray
    frames: NDArray[np.int64]
    person_ids: NDArray[np.int64]
    points: NDArray[np.float32]
    visible: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.frames)

    def mirrored(self) -> NDArray[np.int64]:
        """Places of the keypoints after a horizontal flip.

        Returns:
            ``(K,)``: keypoint k takes the place of ``result[k]``; its own inverse.
        """
        sides = {"right_": "left_", "left_": "right_"}
        index = {name: k for k, name in enumerate(self.names)}
        twins = [
            next(
                (t + n.removeprefix(s) for s, t in sides.items() if n[: len(s)] == s), n
            )
            for n in self.names
        ]
        return np.array([index.get(t, k) for k, t in enumerate(twins)], dtype=np.int64)


def write_keypoints(path: Path, keypoints: Keypoints) -> None:
    """Write keypoints as npz; the file is replaced in one step.

    Args:
        path: The file.
        keypoints: Rows in the order of the annotation's csv.
    """
    videos, video = np.unique(keypoints.video_ids.astype(str), return_inverse=True)
    with atomic_file(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            names=np.array(keypoints.names),
            videos=videos,
            video=video.astype(np.int32),
            frame=keypoints.frames.astype(np.int32),
            person_id=keypoints.person_ids.astype(np.int32),
            points=keypoints.points.astype(np.float32),
            visible=keypoints.visible.astype(bool),
        )


def read_keypoints(path: Path) -> Keypoints:
    """Read keypoints; nothing in the file can run code.

    Args:
        path: The npz.

    Returns:
        The keypoints.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or its arrays do not fit together.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"keypoints {path} are missing; write them with the converter (for J-HMDB "
            "tools/dataset_converters/jhmdb.py, from the folder joint_positions), or "
            "set the data set's keypoint_file=None"
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {name: file[name] for name in _ARRAYS}
    except Exception as error:  # a damaged file may raise anything
        text = shortened(str(error) or repr(error), 200)
        raise ValueError(f"{path} is no file of keypoints: {text}. {_FIX}") from None
    raise_problems(path, _problems(data), _FIX)
    return Keypoints(
        names=tuple(data["names"].tolist()),
        video_ids=data["videos"].astype(object)[data["video"]],
        frames=data["frame"].astype(np.int64),
        person_ids=data["person_id"].astype(np.int64),
        points=data["points"].astype(np.float32),
        visible=data["visible"].astype(bool),
    )


def _problems(data: dict[str, NDArray]) -> list[str]:
    rows, count = data["video"].shape[:1], data["names"].shape[:1]
    shapes = {
        **dict.fromkeys(("video", "frame", "person_id"), rows),
        "points": (*rows, *count, 2),
        "visible": (*rows, *count),
    }
    problems = [
        f"{name} has shape {data[name].shape}, must be {shape}"
        for name, shape in shapes.items()
        if data[name].shape != shape or data[name].dtype.kind not in "bfiu"
    ]
    if problems:
        return problems
    if not np.isfinite(data["points"]).all():
        row = int(np.argwhere(~np.isfinite(data["points"]))[0, 0])
        problems.append(f"row {row}: a point is not finite")
    if len(data["video"]) and not 0 <= data["video"].min() <= data["video"].max() < len(
        data["videos"]
    ):
        problems.append(f"video must lie in 0..{len(data['videos']) - 1}")
    return problems
