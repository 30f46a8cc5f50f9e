"""Which format is a file? By its content, not by its name."""

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path

from stal_plugin.annotations.importers.via2 import is_via2, is_via_csv
from stal_plugin.annotations.importers.videos import visible_files
from stal_plugin.annotations.importers.yolo import NAMES

#: What the files of each format are called.
TITLES = {
    "cvat": "a CVAT export",
    "coco": "a COCO json",
    "via": "a VIA project or its csv",
    "ava": "an AVA csv",
    "ucf24": "UCF101-24's annotation",
    "tubes": "a pickle of tubes",
    "multisports": "MultiSports' pickle of tubes",
    "labelstudio": "a Label Studio export",
    "yolo": "a folder of YOLO's text files",
    "labelme": "a folder of labelme's json files",
    "voc": "a folder of Pascal VOC's xml files",
}
#: Formats of which a folder of small files is one source.
FOLDERS = ("ucf24", "labelme", "yolo", "voc")
_ROOTS = {"annotations": "cvat", "annotation": "voc"}
_HEAD = 1 << 16  # bytes
_MULTISPORTS = b"aerobic push up"  # one of its labels
_SUFFIXES = (".xml", ".json", ".csv", ".pkl", ".mat", ".txt")


def recognised_format(path: Path) -> str | None:
    """Tell the format of a file or folder.

    Args:
        path: The file or folder; an archive is none.

    Returns:
        A name after ``--from``; None if it is no format that is read.
    """
    if path.is_dir():
        return _folder_format(path)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"MATLAB 5.0"):
        return "ucf24"
    if head[:1] == b"\x80" or path.suffix.lower() == ".pkl":
        return _pickle_format(path)
    if path.name in NAMES:
        return "yolo"
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if text.startswith("<"):
        root = re.search(r"<(annotations?)[\s>/]", text)
        return _ROOTS[root[1]] if root else None
    if text.startswith(("{", "[")):
        return _json_format(path)
    return _csv_format(text)


def _pickle_format(path: Path) -> str | None:
    """By the names of keys in its bytes: nothing is loaded."""
    with path.open("rb") as file:
        content = file.read()
    if b"numf" in content and b"annotations" in content:
        return "ucf24"
    if b"gttubes" not in content:
        return None
    return "multisports" if _MULTISPORTS in content else "tubes"


def _json_format(path: Path) -> str | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if isinstance(data, dict):
        return "via" if is_via2(data) else _format_of_keys(set(data))
    first = data[0] if isinstance(data, list) and data else None
    if isinstance(first, dict) and (
        {"data", "annotations"} <= set(first)
        or {"annotator", "lead_time"} <= set(first)
    ):
        return "labelstudio"
    return None


def _format_of_keys(keys: set[str]) -> str | None:
    if {"images", "annotations"} <= keys or {"images", "categories"} <= keys:
        return "coco"
    if {"metadata", "attribute"} <= keys:
        return "via"
    if "shapes" in keys and keys & {"imagePath", "imageData", "imageHeight"}:
        return "labelme"
    return None


def _csv_format(text: str) -> str | None:
    if is_via_csv(text):
        return "via"
    lines = text.splitlines()[:50]
    for cells in csv.reader(lines):
        if len(cells) > 6 and _numbers(cells[1:6]):
            return "ava"
    for cells in csv.reader(lines, delimiter=";"):  # its reader says what to do
        if len(cells) > 6 and _numbers([text.replace(",", ".") for text in cells[1:6]]):
            return "ava"
    return None


def _numbers(cells: Sequence[str]) -> bool:
    try:
        return all(float(cell) == float(cell) for cell in cells)
    except ValueError:
        return False


def _folder_format(folder: Path) -> str | None:
    """Format of a folder of small files, one per frame."""
    names = {file.name for file in visible_files(folder, ".yaml", ".txt", ".names")}
    if names & set(NAMES) and any(name.endswith(".txt") for name in names):
        return "yolo"
    for file in _some(folder, ".xml")[:1]:
        if recognised_format(file) == "voc":
            return "voc"
    for file in _some(folder, ".json"):
        return "labelme" if _json_format(file) == "labelme" else None
    for file in _some(folder, ".txt"):
        relative = file.relative_to(folder)
        if len(relative.parts) > 2 and file.stem.isdecimal():
            return "ucf24"
    return None


def _some(folder: Path, suffix: str) -> list[Path]:
    return visible_files(folder, suffix)[:20]


def sources_of(paths: Sequence[Path], form: str) -> tuple[str, list[Path]]:
    """Find the files to import.

    Args:
        paths: Files and folders as the user named them, archives unpacked.
        form: A format, or ``'auto'``.

    Returns:
        The format, and its files (or folders, for a format of small files).

    Raises:
        FileNotFoundError: There is no such file, or none of a known format in a folder.
        ValueError: A file is of another format, or the files are of several.
    """
    found: dict[Path, str] = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"there is no {path}")
        found.update(_files_of(path, form))
    forms = list(dict.fromkeys(found.values()))
    if form == "auto" and len(forms) > 1:
        shown = [f"{path} is {TITLES[own]}" for path, own in found.items()]
        raise ValueError(
            f"the files are of several formats ({'; '.join(shown[:4])}): name those of "
            "one format"
        )
    return forms[0], list(found)


def _files_of(path: Path, form: str) -> dict[Path, str]:
    """Files of a path with their formats."""
    if form not in ("auto", *TITLES):  # a user's format: its word counts
        return {path: form}
    own = recognised_format(path)
    if form not in ("auto", own) and own is not None:
        raise ValueError(f"{path}: this is {TITLES[own]}: --from {own}")
    if own is not None:
        return {path: own}
    if path.is_dir() and form not in FOLDERS:
        return _files_inside(path, form)
    if form == "auto":
        raise ValueError(
            f"{path} is none of {', '.join(TITLES.values())}: if it is one of them all "
            "the same, say which with --from"
        )
    return {path: form}


def _files_inside(folder: Path, form: str) -> dict[Path, str]:
    """Files of a folder that are of a format, or of any for ``'auto'``."""
    wanted = TITLES if form == "auto" else (form,)
    known = {f: recognised_format(f) for f in visible_files(folder, *_SUFFIXES)}
    inside = {file: own for file, own in known.items() if own and own in wanted}
    if not inside:
        raise FileNotFoundError(
            f"{folder} has no file of a known format: {', '.join(TITLES.values())}"
        )
    return inside
