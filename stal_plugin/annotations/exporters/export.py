"""From a data set, or predictions of it, to files that a labelling tool opens."""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.exporters import via
from stal_plugin.annotations.exporters.coco import write_coco
from stal_plugin.annotations.exporters.cvat import ACTION, write_cvat
from stal_plugin.annotations.exporters.person_tracks import (
    PersonTrack,
    inside_frame,
    person_tracks,
    tool_name,
)
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.files.output_files import check_outputs
from stal_plugin.structures.box_table import BoxTable

FORMS = ("cvat", "coco", "via")
CLASSES = "classes.txt"
_TOLERANCE = 0.5  # pixels
_INVALID = re.compile("[\ud800-\udfff\ufffe\uffff]")  # in UTF-8, or in XML
Tracks = Mapping[str, Sequence[PersonTrack]]
#: Numbers the unknown persons of rows, given the videos and the number of classes.
Link = Callable[[BoxTable, Sequence[str], int], BoxTable]


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        files: The files for the tool.
        command: What brings them back, without the folders of videos and data.
        notes: What was left out, changed or is not kept.
    """

    files: list[Path]
    command: str
    notes: list[str]


def export(
    annotation: Annotation,
    rows: BoxTable,
    form: str,
    out: Path,
    tolerance: float = _TOLERANCE,
    overwrite: bool = False,
    inputs: Sequence[Path] = (),
    link: Link | None = None,
) -> Exported:
    """Write boxes as tracks for correction in a labelling tool.

    CVAT gets one file for each video, as it uploads annotations into a task; COCO and
    VIA get one for all. ``classes.txt`` beside them keeps the numbers of the classes.

    Args:
        annotation: Videos and classes.
        rows: Boxes on frames of these videos, its own or predicted ones.
        form: One of ``FORMS``.
        out: Folder to write to; it is made.
        tolerance: Of CVAT's key frames, pixels.
        overwrite: Replace files that are there.
        inputs: Files that are not to be replaced.
        link: What numbers boxes of unknown persons, such as
            ``stal_plugin.evaluation.linked_persons``.

    Raises:
        ValueError: A person is unknown and there is no ``link``; a file is there
            already; a name cannot be kept by the tool; a box is on no labelled frame.
    """
    _check_names(annotation, form)
    rows, outside = inside_frame(rows)
    unknown = bool((rows.person_ids < 0).any())
    if unknown and link is None:
        raise ValueError("boxes of unknown persons need link=linked_persons")
    if link is not None:
        rows = link(rows, [*annotation.videos], len(annotation.classes))
    tracks, split = person_tracks(annotation, rows)
    one_action = _one_action(annotation, tracks)
    writers: dict[str, Callable[[Path], None]] = {}
    if form == "cvat":
        names = _file_names(annotation.videos)
        for video, name in names.items():
            info = annotation.videos[video]
            own = (tool_name(video, info), info, tracks[video], annotation.classes)
            writers[name] = _bound(write_cvat, *own, one_action, tolerance)
    else:
        write = write_coco if form == "coco" else via.write_via
        writers[f"{form}.json"] = _bound(write, annotation, tracks)
    writers[CLASSES] = _bound(_write_classes, annotation.classes)
    paths = {name: out / name for name in writers}
    check_outputs(paths.values(), inputs, overwrite)
    for name, write_to in writers.items():
        with atomic_file(paths[name]) as part:
            write_to(part)
    files = [path for name, path in paths.items() if name != CLASSES]
    notes = _notes(annotation, form, outside, split, unknown)
    return Exported(files, _command(annotation, form, one_action, files, out), notes)


def _bound(write: Callable[..., None], *arguments: object) -> Callable[[Path], None]:
    return lambda path: write(path, *arguments)


def _write_classes(path: Path, classes: Sequence[str]) -> None:
    lines = [f"{i}: {name}\n" for i, name in enumerate(classes, 1)]
    path.write_text("".join(lines), encoding="utf-8")


def _one_action(annotation: Annotation, tracks: Tracks) -> bool:
    """Whether a single choice can hold the actions of every box."""
    if any("," in name or _is_boolean(name) for name in annotation.classes):
        return False
    every = (own for group in tracks.values() for t in group for own in t.actions)
    return all(len(own) <= 1 for own in every)


def _is_boolean(name: str) -> bool:
    return name.lower() in ("true", "false")


def _check_names(annotation: Annotation, form: str) -> None:
    for name in annotation.classes:
        problem = ""
        if name != name.strip() or name == "__undefined__":
            problem = "begins or ends with a space, or means 'nothing' in CVAT"
        elif _INVALID.search(name):
            problem = "has a character that no XML or UTF-8 file can hold"
        elif form == "via" and ("," in name or _is_boolean(name)):
            problem = "has a comma, or is 'true' or 'false', which VIA's files use"
        if problem:
            raise ValueError(
                f"class {name!r} cannot be exported to {form}: it {problem}. Rename it "
                "in annotations.json"
            )


def _file_names(videos: Mapping[str, object]) -> dict[str, str]:
    """Name of each video's file: no folder, no two that differ by case only."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for video in videos:
        plain = re.sub(r"[^\w.-]+", "_", video).strip("._") or "video"
        stem, count = plain[:100], 1
        while stem.lower() in taken:
            count += 1
            stem = f"{plain[:100]}_{count}"
        taken.add(stem.lower())
        names[video] = f"{stem}.xml"
    return names


def _notes(
    annotation: Annotation, form: str, outside: int, split: int, unknown: bool
) -> list[str]:
    sparse = any(info.labelled is not None for info in annotation.videos.values())
    texts = {
        f"{outside} boxes without area inside of their frame, left out": outside,
        f"{split} boxes: their person has another one on the same frame; these are "
        "tracks of their own": split,
        "persons were unknown and linked from frame to frame": unknown,
        f"{form} has no frames that are not labelled: after the import a frame without "
        "a box shows nobody, unless its labelled frames are evenly spaced": (
            sparse and form == "cvat"
        ),
        f"{form} keeps labelled frames only where they have a box": form == "via",
    }
    return [text for text, holds in texts.items() if holds]


def _command(
    annotation: Annotation, form: str, one_action: bool, files: list[Path], out: Path
) -> str:
    words = ["python", "tools/data.py", "import", "--from", form, *map(str, files)]
    words += ["VIDEOS", "--out", "NEW", "--labels", str(out / CLASSES)]
    if form == "cvat":
        words += ["--action", *([ACTION] if one_action else annotation.classes)]
    elif form == "coco":
        words += ["--frame-base", "0"]
    else:
        words += ["--action", via.ACTION, "--track", via.PERSON]
    return shlex.join(words)
