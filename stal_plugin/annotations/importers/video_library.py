"""Find videos by the names that annotation tools give them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from stal_plugin.annotations.importers.videos import (
    VIDEO_SUFFIXES,
    bring_videos,
    visible_files,
)
from stal_plugin.annotations.outdated import set_outdated
from stal_plugin.video import FrameFolderReader, VideoProbe
from stal_plugin.video.frame_folder_reader import SUFFIXES

HOW = ("in-place", "copy", "link")
# What Label Studio puts in front of the names of uploaded files.
_MARK = re.compile("[0-9a-f]{8}")
_UPLOAD_MARK = re.compile(rf"^{_MARK.pattern}-(?=.)")


class VideoLibrary:
    """The videos and folders of frames below a folder.

    Args:
        folder: The folder, or one video file.
        out: Folder of the new data set; copies and links go to ``out/videos``.
        how: ``'in-place'`` leaves the videos where they are, ``'copy'`` and ``'link'``
            bring them into the data set. Before another video of the same name is
            replaced there, the annotation is, see :func:`set_outdated`.
        fps: Frames per second of folders of frames, as their names count them: where
            only every second number is there, half of it is shown per second.
        advance: Called after each video that was opened.

    Raises:
        FileNotFoundError: There is no video.
    """

    def __init__(
        self,
        folder: Path,
        out: Path,
        how: str = "in-place",
        fps: float = 25.0,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self.out = out
        self._how, self._fps, self._advance = how, fps, advance
        self._brought: dict[str, tuple[Path, VideoProbe]] = {}
        self.files = _videos_below(folder)
        if not self.files:
            raise FileNotFoundError(
                f"{folder} has no video ({', '.join(VIDEO_SUFFIXES)}) and no folder of "
                f"frames ({', '.join(SUFFIXES)})"
            )
        self._by_name: dict[str, set[Path]] = defaultdict(set)
        for file in self.files:
            relative = file.relative_to(folder) if file != folder else Path(file.name)
            for name in (relative.as_posix(), file.name):
                self._by_name[name].add(file)
                if file.suffix and file.is_file():
                    self._by_name[name[: -len(file.suffix)]].add(file)

    def find(self, name: str) -> Path:
        """Path of a video.

        Args:
            name: Its name, with or without folder and suffix; '' stands for the only
                video there is.

        Returns:
            File or folder of frames.

        Raises:
            FileNotFoundError: There is no such video.
            ValueError: Several videos have this name.
        """
        if not name and len(self.files) == 1:
            return self.files[0]
        plain = PurePosixPath(name.replace("\\", "/"))
        short = without_suffix(plain.as_posix())
        for key in (plain.as_posix(), short, plain.name, PurePosixPath(short).name):
            hits = sorted(self._by_name.get(key, ()))
            if len(hits) == 1:
                return hits[0]
            if hits:
                raise ValueError(
                    f"video {name!r} may be any of {[str(h) for h in hits]}; rename "
                    "them, or give a folder that holds one of them only"
                )
        if self.folder.is_file():
            raise FileNotFoundError(f"{self.folder} is not the video {name!r}")
        upload = _about_upload(PurePosixPath(short).name)
        there = [str(f.relative_to(self.folder)) for f in self.files[:5]]
        raise FileNotFoundError(
            f"there is no video {name!r} in {self.folder}; there are "
            f"{len(self.files)}, such as {there}{upload}"
        )

    def absent(self, names: Iterable[str]) -> list[str]:
        """Videos that are not there.

        Args:
            names: See :meth:`find`.

        Returns:
            The names of those that are missing.
        """
        missing = []
        for name in names:
            try:
                self.find(name)
            except FileNotFoundError:
                missing.append(name)
        return missing

    def get(self, name: str) -> tuple[Path, VideoProbe]:
        """Path and facts of a video; its frames are counted by decoding, once.

        Args:
            name: See :meth:`find`.

        Returns:
            Where the new data set finds the video, and its facts.
        """
        if name not in self._brought:
            source = self.find(name)
            key = video_id(name) or source.stem
            brought = bring_videos(
                {key: source},
                self.out / "videos",
                self._how,
                self._fps,
                before_replacing=partial(set_outdated, self.out / "annotations.csv"),
            )
            path, probe = brought[key]
            if path.is_dir():  # every n-th frame may be there
                numbers = FrameFolderReader(path).numbers
                steps = np.diff([0] if numbers is None else numbers)
                probe = replace(probe, fps=probe.fps / max([1, *steps[:1].tolist()]))
            self._brought[name] = path, probe
            self._advance(1)
        return self._brought[name]

    def get_all(self, names: Iterable[str]) -> dict[str, tuple[Path, VideoProbe]]:
        """Paths and facts of several videos.

        Args:
            names: See :meth:`find`.

        Returns:
            Them by name; all missing videos are named in one error.
        """
        names = list(names)
        missing = []
        owner: dict[Path, str] = {}
        for name in names:
            try:
                other = owner.setdefault(self.find(name), name)
            except FileNotFoundError as error:
                missing.append(str(error))
                continue
            if other != name:
                raise ValueError(
                    f"videos {other!r} and {name!r} of the annotation are one file, "
                    f"{self.find(name)}"
                )
        if missing:
            rest = f"\n... and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise FileNotFoundError(missing[0] + rest)
        return {name: self.get(name) for name in names}


def _about_upload(name: str) -> str:
    """What may be wrong with a name that looks like one of Label Studio."""
    if is_upload_mark(name):
        return (
            f". Did Label Studio put '{name}-' in front of a number? Then the video is "
            "found if VIDEOS holds no other"
        )
    mark = _UPLOAD_MARK.match(name)
    if not mark:
        return ""
    return (
        f". Did Label Studio put {mark[0]!r} in front of its name? There is none "
        "without it either: give the video its name"
    )


def is_upload_mark(name: str) -> bool:
    """Whether a name is nothing but what Label Studio puts in front of names."""
    return bool(_MARK.fullmatch(name))


def without_suffix(name: str) -> str:
    """Name of a video file without its suffix."""
    suffix = PurePosixPath(name).suffix
    known = suffix.lower() in VIDEO_SUFFIXES
    return name[: -len(suffix)] if known else name


def without_upload_mark(name: str) -> str:
    """Name of a file without what Label Studio put in front of it at the upload.

    Args:
        name: ``sub/1a2b3c4d-clip.mp4``: eight hexadecimal digits and a hyphen.

    Returns:
        ``sub/clip.mp4``; another name as it is.
    """
    folder, slash, last = name.rpartition("/")
    return folder + slash + _UPLOAD_MARK.sub("", last, count=1)


def video_id(name: str) -> str:
    """Id of a video in our annotation: a relative path that stays where it is.

    Args:
        name: Name of the video in a tool.

    Returns:
        The name without suffix, drive, ``..`` and leading ``/``.
    """
    parts = PurePosixPath(without_suffix(name.replace("\\", "/"))).parts
    drive = re.compile("[A-Za-z]:")
    return "/".join(
        part
        for i, part in enumerate(parts)
        if part not in ("/", ".", "..") and not (i == 0 and drive.fullmatch(part))
    )


def _videos_below(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    paths = set(visible_files(folder, *VIDEO_SUFFIXES))
    return sorted(paths | {file.parent for file in visible_files(folder, *SUFFIXES)})
