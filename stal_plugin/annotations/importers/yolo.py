"""Read YOLO's text files, one per image, with the names of the classes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml  # type: ignore[import-untyped]

from stal_plugin.annotations.importers.import_options import (
    ImportOptions,
    read_label_list,
)
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    is_sampled,
    video_and_frame,
)
from stal_plugin.annotations.importers.videos import visible_files
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.video.frame_folder_reader import SUFFIXES as IMAGES

NAMES = ("data.yaml", "dataset.yaml", "classes.txt", "obj.names")
_LISTS = ("train.txt", "valid.txt", "val.txt", "test.txt", "obj.data")
_NAME_SUFFIXES = (".yaml", ".txt", ".names")
_NO_YAML = (
    *(yaml.YAMLError, ValueError, TypeError, LookupError),
    *(AttributeError, RecursionError),
)
_POSE = 5  # numbers in front of keypoints
_PARTS = re.compile(r"^(labels|images|train|valid|val|test|obj_train_data)/")
_FIX = (
    "A line is 'class x y width height', all but the class divided by the image's "
    "size, or 'class x1 y1 x2 y2 ...', a polygon; files are VIDEO/00001.txt or "
    "VIDEO_00001.txt."
)


def read_yolo(folder: Path, options: ImportOptions) -> ToolBoxes:
    """Read all text files below a folder, of all its splits.

    Polygons become their extent. A sixth number of a line is the track if it is whole,
    else a score, which is left out. An image without a text file shows nobody.

    Args:
        folder: Holds the text files and ``data.yaml``, ``classes.txt`` or
            ``obj.names``; may be one of these files.
        options: The classes, if the folder does not name them.

    Returns:
        Boxes divided by the size of the image.

    Raises:
        FileNotFoundError: There is no text file, or no names of classes.
        ValueError: Names the faulty files and lines.
    """
    folder = folder if folder.is_dir() else folder.parent
    names = class_names(folder, options)
    files = [
        f for f in visible_files(folder, ".txt") if f.name not in (*NAMES, *_LISTS)
    ]
    if not files:
        raise FileNotFoundError(f"{folder} has no text files of labels. {_FIX}")
    parts = _Labels(folder, names, keypoints_per_box(folder))
    for file in files:
        parts.add(file)
    for image in visible_files(folder, *IMAGES):
        parts.place(image)
    raise_problems(folder, parts.problems, _FIX)
    return boxes_of_rows(
        *(parts.rows, dict.fromkeys(parts.listed), [names[k] for k in sorted(names)]),
        normalized=True,
        left_out=parts.left_out,
        listed={video: sorted(own) for video, own in parts.listed.items()},
        sampled=parts.sampled,
        sparse=True,
    )


def class_names(folder: Path, options: ImportOptions) -> dict[int, str]:
    """Return the names of the classes by their numbers from 0."""
    if options.labels:
        return {k - 1: name for k, name in read_label_list(options.labels).items()}
    files = sorted(f for f in visible_files(folder, *_NAME_SUFFIXES) if f.name in NAMES)
    lists = {file: _names_of(file) for file in files}
    if not lists:
        raise FileNotFoundError(
            f"{folder} has none of {', '.join(NAMES)}: name the classes with --labels, "
            "one per line"
        )
    first, *others = lists
    for other in others:
        if lists[other] != lists[first]:
            raise ValueError(
                f"{first} and {other} name different classes: say which with --labels, "
                "or take one of them away"
            )
    return lists[first]


def _names_of(file: Path) -> dict[int, str]:
    """Names of classes in a file, which says how many there are, too."""
    count = None
    try:
        text = file.read_text(encoding="utf-8-sig")
        names: Any = text.splitlines()
        if file.suffix == ".yaml":
            facts = yaml.safe_load(text) or {}
            names, count = facts["names"], facts.get("nc")
        pairs = names.items() if isinstance(names, dict) else enumerate(names)
        texts = {int(k): _plain(name).strip() for k, name in pairs}
    except _NO_YAML:
        raise ValueError(f"{file} has no list of 'names' of classes") from None
    known = {len(texts), max(texts, default=-1) + 1}
    if isinstance(count, int) and count not in known:
        raise ValueError(
            f"{file}: nc is {count}, but there are {len(texts)} names: which is right? "
            "Correct it, or name the classes with --labels"
        )
    return {k: name for k, name in texts.items() if name}


def keypoints_per_box(folder: Path) -> int:
    """Numbers of keypoints behind a box (``kpt_shape``), 0 if there are none."""
    for file in visible_files(folder, ".yaml"):
        if file.name not in NAMES:
            continue
        try:
            shape = (yaml.safe_load(file.read_text("utf-8-sig")) or {}).get("kpt_shape")
            count = int(shape[0]) * int(shape[1]) if shape else 0
        except _NO_YAML:
            raise ValueError(f"{file}: kpt_shape must be [points, 2 or 3]") from None
        if count:
            return count
    return 0


def _plain(name: object) -> str:
    """A name is no list: one of YAML's may hold itself a million times."""
    if not isinstance(name, str | int | float):
        raise TypeError
    return str(name)


@dataclass
class _Labels:
    """What was read so far."""

    folder: Path
    names: dict[int, str]
    keypoints: int = 0
    rows: list[ToolRow] = field(default_factory=list)
    listed: dict[str, dict[float, str]] = field(default_factory=dict)
    sampled: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def place(self, file: Path) -> tuple[str, int] | None:
        """Video and frame of a text file or image."""
        name = file.relative_to(self.folder).as_posix()
        while _PARTS.match(name):
            name = _PARTS.sub("", name)
        known = video_and_frame(name)
        if known is None:
            self.problems.append(f"{name} names no frame")
            return None
        video, frame = known
        stem = file.stem
        if self.listed.setdefault(video, {}).setdefault(frame, stem) != stem:
            other = self.listed[video][frame]
            self.problems.append(
                f"{other} and {stem} are both frame {frame} of {video}"
            )
        if is_sampled(f"{stem}.jpg"):
            self.sampled.add(video)
        return known

    def add(self, file: Path) -> None:
        """Read a text file."""
        place, name = self.place(file), file.relative_to(self.folder).as_posix()
        if place is None:
            return
        text = file.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            where = f"{name}, line {number}"
            values = self._numbers(line)
            if values is None or int(values[0]) not in self.names:
                what = "no such line" if values is None else "an unknown class"
                self.problems.append(f"{where}: {line[:60]!r} is {what}")
                continue
            box, track = self._box(values[1:])
            action = self.names[int(values[0])]
            self.rows.append(ToolRow(*place, box, action, track, where))

    def _numbers(self, line: str) -> list[float] | None:
        """Numbers of a line without keypoints; None if it is no such line."""
        words = line.split()
        if self.keypoints and len(words) == _POSE + self.keypoints:
            self.left_out["keypoints of boxes, which are kept"] += 1
            words = words[:_POSE]
        return _numbers(words)

    def _box(
        self, values: Sequence[float]
    ) -> tuple[tuple[float, float, float, float], str]:
        """Corners and track of the numbers of a line."""
        track = ""
        if len(values) > 5:
            self.left_out["polygons, taken by their extent"] += 1
            xs, ys = values[::2], values[1::2]
            return (min(xs), min(ys), max(xs), max(ys)), track
        if len(values) == 5:
            whole = values[4].is_integer()
            track = str(int(values[4])) if whole else ""
            self.left_out["scores of boxes"] += not whole
        x, y, width, height = values[:4]
        box = x - width / 2, y - height / 2, x + width / 2, y + height / 2
        return box, track


def _numbers(words: Sequence[str]) -> list[float] | None:
    try:
        values = [float(text) for text in words]
    except ValueError:
        return None
    count = len(values)
    good = count in (5, 6) or (count > 6 and count % 2 == 1)
    whole = bool(np.isfinite(values).all()) and values[0].is_integer()
    return values if good and whole else None
