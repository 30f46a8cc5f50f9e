"""All checks of a data set in our format."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.annotation_files import read_rows
from stal_plugin.annotations.annotation_json import header_from_json
from stal_plugin.annotations.problems import Problem
from stal_plugin.annotations.row_problems import looks_like_pixels, row_problems
from stal_plugin.annotations.validation.implausible import implausible_boxes
from stal_plugin.annotations.validation.split_problems import split_problems
from stal_plugin.annotations.validation.video_problems import video_problems
from stal_plugin.files.atomic_file import finish_pair
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import VideoProbe

CSV = "annotations.csv"


@dataclass(frozen=True)
class Validation:
    """Result of all checks.

    Args:
        problems: All problems; errors and warnings.
        rows: Rows of the csv; None if it could not be read.
        header: Content of the json; None if it has faults.
        probes: Measured facts of the videos that could be read.
    """

    problems: list[Problem]
    rows: BoxTable | None = None
    header: Annotation | None = None
    probes: dict[str, VideoProbe] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        """Problems that stop a training or spoil it."""
        return [problem for problem in self.problems if not problem.warning]


def validate(
    csv_path: Path,
    clip_len: int = 16,
    decode: bool = True,
    advance: Callable[[int], None] = lambda _: None,
) -> Validation:
    """Check a data set; a fault never raises.

    Args:
        csv_path: ``annotations.csv``, its json beside it.
        clip_len: Frames of a clip.
        decode: Whether to decode the videos and compare them with the json.
        advance: Called after each video.

    Returns:
        The problems, and what was read.
    """
    json_path = csv_path.with_suffix(".json")
    finish_pair(csv_path, json_path)
    fix = "Make it with: python tools/data.py import"
    missing = [
        Problem("missing file", path.name, 0, f"there is no {path}", fix)
        for path in (csv_path, json_path)
        if not path.is_file()
    ]
    if missing:
        return Validation(missing)
    rows, problems = read_rows(csv_path)
    try:
        header = header_from_json(json_path)
    except ValueError as error:
        text = " ".join(str(error).splitlines())
        problems.append(Problem("faulty json", json_path.name, 0, text, "Correct it"))
        return Validation(problems, rows)
    annotation = replace(header, rows=rows)
    problems += row_problems(annotation, csv_path.name)
    if not len(rows):
        text = "there is no row with a box"
        problems.append(Problem("no box", csv_path.name, 0, text, fix))
    known = replace(header, rows=rows.take(annotation.video_index() >= 0))
    problems += split_problems(known, csv_path.name, clip_len)
    if not looks_like_pixels(annotation):
        problems += implausible_boxes(known, csv_path.name)
    probes: dict[str, VideoProbe] = {}
    if decode:
        lines = _video_lines(json_path, header)
        faults, probes = video_problems(
            header, csv_path.parent, json_path.name, lines, advance
        )
        problems += faults
    return Validation(problems, rows, header, probes)


def _video_lines(path: Path, header: Annotation) -> dict[str, int]:
    """Line of each video in the json, where it starts one."""
    starts = {f"{json.dumps(v, ensure_ascii=False)}:": v for v in header.videos}
    lines: dict[str, int] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        text = line.strip()
        end = text.find('":')
        video = starts.get(text[: end + 2]) if end > 0 else None
        if video is not None:
            lines[video] = number
    return lines


def summary(problems: Sequence[Problem], shown: int = 3) -> list[str]:
    """Group problems by kind; show the first ones of each.

    Args:
        problems: Any number.
        shown: Problems to show of each kind.

    Returns:
        Lines: errors first, the most frequent kinds first.
    """
    kinds: dict[tuple[bool, str], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault((problem.warning, problem.kind), []).append(problem)
    ordered = sorted(kinds.items(), key=lambda item: (item[0][0], -len(item[1])))
    lines = []
    for (warning, kind), own in ordered:
        word = "warning" if warning else "error"
        lines.append(f"{word}: {kind} ({len(own)})")
        lines += [f"  {problem}" for problem in own[:shown]]
        if len(own) > shown:
            lines.append(f"  ... and {len(own) - shown} more")
    return lines
