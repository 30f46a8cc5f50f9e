"""The json half of an annotation: videos and class names."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from stal_plugin.annotations.annotation import (
    Annotation,
    VideoInfo,
    ranges_from_json,
    ranges_to_json,
)
from stal_plugin.annotations.json_models import (
    Count,
    JsonModel,
    NonEmptyText,
    load_json,
    model_problems,
)
from stal_plugin.annotations.names import name_problem, video_problem
from stal_plugin.annotations.problems import FIX_ANNOTATION, raise_problems, shortened

FORMAT = "stal_plugin annotation v1"
_MOST_FRAMES = 2**31
_PAIR_KEYS = ("mirrored_classes", "reversed_classes")
_VIDEO_KEYS = ("file", "fps", "width", "height", "num_frames", "source", "split")


class _Video(JsonModel):
    file: NonEmptyText
    fps: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    width: Count
    height: Count
    num_frames: Annotated[Count, Field(le=_MOST_FRAMES)]
    source: NonEmptyText
    split: Any
    labelled: Any = None

    @model_validator(mode="after")
    def _frames_are_there(self) -> "_Video":
        _raise_all(_split_problems(self.split, self.num_frames))
        if self.labelled is not None:
            ranges = ranges_from_json(self.labelled, self.num_frames)
            _raise_all([ranges] if isinstance(ranges, str) else [])
        return self

    def info(self) -> VideoInfo:
        split = self.split
        if isinstance(split, Mapping):
            split = {name: (first, last) for name, (first, last) in split.items()}
        fields: dict[str, Any] = {key: getattr(self, key) for key in _VIDEO_KEYS}
        if self.labelled is not None:
            fields["labelled"] = ranges_from_json(self.labelled, self.num_frames)
        return VideoInfo(**{**fields, "split": split})


class _Header(JsonModel):
    format: str
    classes: Annotated[list[NonEmptyText], Field(min_length=1)]
    videos: dict[str, _Video]
    mirrored_classes: Any = ()
    reversed_classes: Any = ()
    synthetic: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _classes_are_distinct_and_paired(self) -> "_Header":
        counts = Counter(self.classes)
        repeated = sorted(name for name, count in counts.items() if count > 1)
        _raise_all([f"classes {repeated} are there twice"] if repeated else [])
        _raise_all(_name_problems(self.classes, self.videos))
        pairs = {key: getattr(self, key) for key in _PAIR_KEYS}
        _raise_all(
            text
            for key, value in pairs.items()
            for text in _pair_problems(key, self.classes, value)
        )
        return self


def header_from_json(path: Path) -> Annotation:
    """Read the json of an annotation.

    Args:
        path: The json file.

    Returns:
        An annotation without rows.

    Raises:
        ValueError: The file is no json or breaks the rules of the format.
    """
    try:
        data = load_json(path)
    except ValueError as error:
        raise ValueError(f"{error}. {FIX_ANNOTATION}") from None
    form = data.get("format") if isinstance(data, dict) else type(data).__name__
    if not isinstance(data, dict) or form != FORMAT:
        text = f"format is {shortened(repr(form), 80)}, must be {FORMAT!r}"
        raise ValueError(f"{path}: {text}. {FIX_ANNOTATION}")
    header = _checked(data, path, FIX_ANNOTATION)
    return Annotation(
        classes=header.classes,
        videos={key: video.info() for key, video in header.videos.items()},
        mirrored_classes=[(a, b) for a, b in header.mirrored_classes],
        reversed_classes=[(a, b) for a, b in header.reversed_classes],
        synthetic=header.synthetic,
        note=header.note,
    )


def header_json(annotation: Annotation) -> str:
    """Text of the json of an annotation.

    Args:
        annotation: What to write.

    Returns:
        Indented json, one line per video.

    Raises:
        ValueError: The json could not be read back.
    """
    videos = {key: _video_json(video) for key, video in annotation.videos.items()}
    fields = {
        "format": FORMAT,
        "synthetic": bool(annotation.synthetic),
        "note": annotation.note,
        "classes": list(annotation.classes),
        **{key: [list(p) for p in getattr(annotation, key)] for key in _PAIR_KEYS},
    }
    _checked({**fields, "videos": videos}, "annotation", "Nothing was written.")
    head = [f"{_dump(key)}: {_dump(value)}" for key, value in fields.items()]
    body = ",\n".join(f"  {_dump(k)}: {_dump(v)}" for k, v in videos.items())
    return "{\n" + ",\n".join([*head, f'"videos": {{\n{body}\n}}']) + "\n}\n"


def _checked(data: Mapping[str, Any], path: object, fix: str) -> _Header:
    try:
        return _Header.model_validate(data)
    except ValidationError as error:
        raise_problems(path, model_problems(error), fix)
        raise


def _name_problems(
    classes: Sequence[str], videos: Mapping[str, _Video]
) -> Iterator[str]:
    for name in classes:
        if problem := name_problem(name):
            yield f"class {name!r} {problem}"
    for name, video in videos.items():
        if problem := video_problem(name):
            yield f"video {name!r} {problem}"
        for key in ("file", "source"):
            if problem := name_problem(getattr(video, key)):
                yield f"{key} of video {name!r} {problem}"


def _raise_all(problems: Iterable[str]) -> None:
    """Inside of a validator: pydantic puts the place in front."""
    if texts := list(problems):
        raise ValueError("; ".join(texts))


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pair_problems(key: str, classes: Sequence[str], pairs: object) -> list[str]:
    if not isinstance(pairs, list | tuple):
        return [f"{key} is {pairs!r}, must be a list of pairs of classes"]
    problems, seen, known = [], set(), set(classes)
    for pair in pairs:
        good = isinstance(pair, list | tuple) and len(pair) == 2
        good = good and all(isinstance(n, str) and n in known for n in pair)
        if not good or pair[0] == pair[1]:
            problems.append(f"{key} {pair!r} is not a pair of two classes")
            continue
        problems += [f"class {n!r} is in two pairs of {key}" for n in pair if n in seen]
        seen.update(pair)
    return problems


def _split_problems(split: object, num_frames: int) -> list[str]:
    if isinstance(split, str):
        return [] if split else ["split is empty"]
    if not isinstance(split, Mapping) or not split:
        return [f"split is {split!r}, must be a name or ranges by name"]
    problems = []
    taken: list[tuple[int, int, str]] = []
    for name, pair in split.items():
        good = isinstance(pair, list | tuple) and len(pair) == 2
        if not good or not all(type(x) is int for x in pair) or not name:
            problems.append(f"split {name!r} is {pair!r}, must be [first, last]")
        elif not 1 <= pair[0] <= pair[1] <= num_frames:
            problems.append(
                f"split {name!r} is {list(pair)}, must lie in 1..{num_frames}"
            )
        else:
            taken.append((pair[0], pair[1], name))
    taken.sort()
    problems += [
        f"splits {name!r} and {other!r} share frames"
        for (_, last, other), (first, _, name) in pairwise(taken)
        if first <= last
    ]
    return problems


def _video_json(video: VideoInfo) -> dict[str, Any]:
    fields = {key: getattr(video, key) for key in _VIDEO_KEYS}
    if video.labelled is not None:
        fields["labelled"] = ranges_to_json(video.labelled)
    return fields
