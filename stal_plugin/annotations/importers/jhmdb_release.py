"""Folders and splits of the J-HMDB release."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.mat_files import read_mat
from stal_plugin.annotations.problems import raise_problems

FRAME_FOLDERS = ("Rename_Images", "Frames", "rgb-images")
_SPLITS = {"1": "train", "2": "test"}
_SPLIT_FILE = re.compile(r"(?P<action>.+)_test_split(?P<number>[1-3])\.txt")
_FIX = "Get the file again from the release, or correct the line."


@dataclass(frozen=True)
class JHMDBRelease:
    """Folders and splits of the J-HMDB release.

    Videos go by ``class/video``, as in ``JHMDB-GT.pkl``. Hidden files and folders, such
    as ``.AppleDouble``, are left out.

    Args:
        root: Folder of the release.
        classes: Names of the actions, in alphabetical order.
        frames: Folder of frames of each video, ordered by class and video.
        train_videos: Training videos of the splits 1, 2 and 3.
        test_videos: Test videos of the splits 1, 2 and 3.
    """

    root: Path
    classes: list[str]
    frames: dict[str, Path]
    train_videos: list[list[str]]
    test_videos: list[list[str]]


def mask_file(root: Path, video: str) -> Path:
    """``puppet_mask.mat`` of a video ``class/video`` below the release's folder."""
    return root / "puppet_mask" / video / "puppet_mask.mat"


def joint_file(root: Path, video: str) -> Path:
    """``joint_positions.mat`` of a video ``class/video``, as :func:`mask_file`."""
    return root / "joint_positions" / video / "joint_positions.mat"


def find_frames(root: Path) -> dict[str, Path]:
    """Find the folders of frames.

    Args:
        root: Folder that holds ``Rename_Images/class/video`` (the release), or the same
            under ``Frames`` or ``rgb-images`` (later copies).

    Returns:
        Folder of each ``class/video``, in alphabetical order.

    Raises:
        FileNotFoundError: There is no such folder, or none in it.
    """
    folder = next((root / f for f in FRAME_FOLDERS if (root / f).is_dir()), None)
    if folder is None:
        raise FileNotFoundError(
            f"{root} has no folder {' or '.join(FRAME_FOLDERS)}; give the folder into "
            "which J-HMDB's archives were unpacked"
        )
    frames = {
        f"{action.name}/{video.name}": video
        for action in _visible_folders(folder)
        for video in _visible_folders(action)
    }
    if not frames:
        raise FileNotFoundError(f"{folder} has no folders class/video")
    return frames


def read_release(root: Path) -> JHMDBRelease:
    """Read the folders and the split files of the release.

    Args:
        root: Folder that holds ``Rename_Images`` and ``splits``, whose files
            ``<class>_test_split<1|2|3>.txt`` have lines ``<video>.avi 1`` (train) or
            ``<video>.avi 2`` (test).

    Returns:
        Folders and splits.

    Raises:
        FileNotFoundError: Folders or split files are missing.
        ValueError: A split file has faults; names the line.
    """
    frames = find_frames(root)
    classes = list(dict.fromkeys(video.split("/")[0] for video in frames))
    splits = _read_splits(root / "splits", frames)
    missing = [
        f"{action}_test_split{number}.txt"
        for action in classes
        for number in (1, 2, 3)
        if (action, number) not in splits
    ]
    if missing:
        raise FileNotFoundError(
            f"{root / 'splits'}: {len(missing)} split file(s) are missing, such as "
            f"{missing[:3]}"
        )
    lists: dict[str, list[list[str]]] = {name: [] for name in _SPLITS.values()}
    for number in (1, 2, 3):
        pairs = [pair for action in classes for pair in splits[action, number]]
        for name, videos in lists.items():
            videos.append([video for video, split in pairs if split == name])
    return JHMDBRelease(root, classes, frames, lists["train"], lists["test"])


def _read_splits(
    folder: Path, frames: dict[str, Path]
) -> dict[tuple[str, int], list[tuple[str, str]]]:
    """Pairs of video and split, by class and number of the split."""
    if not folder.is_dir():
        raise FileNotFoundError(f"folder of split files {folder} is missing")
    splits = {}
    for path in sorted(folder.glob("*.txt")):
        match = _SPLIT_FILE.fullmatch(path.name)
        if match and not path.name.startswith("."):
            key = match["action"], int(match["number"])
            splits[key] = _read_split(path, match["action"], frames)
    return splits


def _read_split(
    path: Path, action: str, frames: dict[str, Path]
) -> list[tuple[str, str]]:
    """Pairs of video and split."""
    pairs, problems = [], []
    text = path.read_text(encoding="utf-8-sig")
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if len(words) == 2 and words[0].endswith(".avi") and words[1] in _SPLITS:
            video = words[0].removesuffix(".avi")
            pairs.append((f"{action}/{video}", _SPLITS[words[1]]))
        elif words:
            problems.append(
                f"line {number}: {line!r} is not '<video>.avi 1' or '... 2'"
            )
    counts = Counter(video for video, _ in pairs)
    unknown = [video for video in counts if video not in frames]
    problems += [f"video {video!r} has no folder of frames" for video in unknown]
    repeated = sorted(video for video, count in counts.items() if count > 1)
    problems += [f"video {video!r} is there twice" for video in repeated]
    raise_problems(path, problems, _FIX)
    return pairs


def _visible_folders(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(".")
    )


def read_mat_array(path: Path, name: str) -> NDArray:
    """Read one numeric array of a MATLAB file (version 4 to 7, not 7.3).

    Args:
        path: The file.
        name: Name of the array.

    Returns:
        The array, with three dimensions: MATLAB drops a last dimension of size 1.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged or no such file, or has no such array.
    """
    return np.atleast_3d(read_mat(path, "array", name)["array"])


_PAIRS = ("shoulder", "hip", "elbow", "knee", "wrist", "ankle")
# Order of the release. Right and left are the actor's.
JOINT_NAMES = (
    *("neck", "belly", "face"),
    *(f"{side}_{joint}" for joint in _PAIRS for side in ("right", "left")),
)


def read_joint_positions(path: Path) -> NDArray[np.float64]:
    """Read the joints of each frame.

    ``pos_img`` counts pixels from 1, and whole numbers are the middles of pixels. Here
    0 is the left or upper edge of the image, as for boxes: 0.5 is subtracted.

    Args:
        path: The file; array ``pos_img`` ``(2, 15, T)``: x and y by joint and frame.

    Returns:
        ``(T, 15, 2)`` x and y in pixels; may lie outside of the image.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged or of another form, or a number is not finite.
    """
    points = read_mat_array(path, "pos_img")
    if points.shape[:2] != (2, len(JOINT_NAMES)):
        raise ValueError(
            f"{path}: pos_img has shape {points.shape}, must be "
            f"(2, {len(JOINT_NAMES)}, frames)"
        )
    points = points.astype(np.float64).transpose(2, 1, 0) - 0.5
    bad = np.argwhere(~np.isfinite(points).all(-1))
    if len(bad):
        frame, joint = bad[0]
        raise ValueError(
            f"{path}: joint {JOINT_NAMES[joint]!r} of frame {frame + 1} is "
            f"{points[frame, joint].tolist()}; {len(bad)} joint(s) are not finite"
        )
    return points
