"""Formats that have a file of labels per image: labelme's json, Pascal VOC's xml."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from stal_plugin.annotations.importers.tool_boxes import (
    ImageNames,
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    is_sampled,
    video_and_frame,
)
from stal_plugin.annotations.importers.videos import visible_files

Size = tuple[int, int]


def label_files(path: Path, suffix: str) -> tuple[Path, list[Path]]:
    """Find the files of a format.

    Args:
        path: A folder, or one file.
        suffix: Such as ``.json``.

    Returns:
        The folder that names of videos are relative to, and the files.
    """
    if path.is_file():
        file = path.absolute()
        known = video_and_frame(file.name)
        return file.parent if known and known[0] else file.parent.parent, [file]
    return path, visible_files(path, suffix)


@dataclass
class ImageLabels:
    """What was read so far of files with the labels of one image each.

    Args:
        folder: Names of videos are relative to it.
        parts: Names of folders that are no part of a video's name where they stand
            first, such as ``Annotations``.
    """

    folder: Path
    parts: Sequence[str] = ()
    rows: list[ToolRow] = field(default_factory=list)
    sizes: dict[str, Size | None] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    sampled: set[str] = field(default_factory=set)
    _files: dict[tuple[str, float], str] = field(default_factory=dict)
    _named: dict[str, dict[float, int]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def place(self, file: Path, image: str) -> tuple[str, int] | None:
        """Video and frame of a file of labels.

        Args:
            file: The file; its name tells both.
            image: Name of the image that stands in it, '' if none does; another number
                in it is a contradiction that the user has to decide.

        Returns:
            Them; None if they are not told, or another file has the same frame: then
            there is a problem more.
        """
        name = self.name(file)
        known = video_and_frame(self._inner(name))
        if known is None:
            self.problems.append(f"{name} names no frame")
            return None
        if not ImageNames(self.problems, self._files).add(*known, name):
            return None
        if is_sampled(f"{file.stem}.jpg"):
            self.sampled.add(known[0])
        self._compare(name, known, image)
        return known

    def name(self, file: Path) -> str:
        """Path of a file as it is shown."""
        return file.relative_to(self.folder).as_posix()

    def _inner(self, name: str) -> str:
        parts = PurePosixPath(name).parts
        while len(parts) > 1 and parts[0] in self.parts:
            parts = parts[1:]
        return "/".join(parts)

    def _compare(self, name: str, known: tuple[str, int], image: str) -> None:
        """Compare a file's own name with that of its image."""
        video, number = known
        told = PurePosixPath(image.replace("\\", "/")).name
        named = video_and_frame(told)
        if named is None:
            return
        self._named[video][number] = named[1]
        own = video_and_frame(PurePosixPath(name).name)
        if named[0] and own and own[0] and named[0] != own[0]:
            self.problems.append(
                f"{name} is of video {own[0]!r}, its image {told!r} of {named[0]!r}"
            )

    def add_size(self, name: str, video: str, size: Size | None) -> None:
        """Compare the size of an image with those of the video's other images."""
        if self.sizes.setdefault(video, size) != size:
            self.problems.append(
                f"{name}: the image's size is {size}, that of the video's other images "
                f"is {self.sizes[video]}"
            )

    def boxes(self) -> ToolBoxes:
        """All that was read."""
        listed: dict[str, list[float]] = defaultdict(list)
        for video, frame in self._files:
            listed[video].append(frame)
        return boxes_of_rows(
            *(self.rows, self.sizes),
            named=dict(self._named),
            sampled=self.sampled,
            attributes=self.attributes,
            left_out=self.left_out,
            listed=dict(listed),
            sparse=True,
        )
