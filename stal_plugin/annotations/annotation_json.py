"""The json half of an annotation: videos and class names."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stal_plugin.annotations.annotation import (
    Annotation,
    VideoInfo,
    ranges_from_json,
    ranges_to_json,
)
from stal_plugin.annotations.problems import FIX_ANNOTATION, raise_problems

FORMAT = "stal_plugin annotation v1"
_KEYS = {"format", "classes", "videos"}
_PAIR_KEYS = ("mirrored_classes", "reversed_classes")
_VIDEO_KEYS = ("file", "fps", "width", "height", "num_frames", "source", "split")


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
        data = json.loads(
            path.read_text(encoding="utf-8"), object_pairs_hook=_without_repeats
        )
    except ValueError as error:
        raise ValueError(
            f"{path} is no valid json: {error}. {FIX_ANNOTATION}"
        ) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ValueError(
            f"{path}: format is {found!r}, must be {FORMAT!r}. {FIX_ANNOTATION}"
        )
    missing = _KEYS - set(data)
    raise_problems(
        path, [f"key {k!r} is missing" for k in sorted(missing)], FIX_ANNOTATION
    )
    pairs = {key: data.get(key, []) for key in _PAIR_KEYS}
    problems = _class_problems(data["classes"]) or [
        text for k, v in pairs.items() for text in _pair_problems(k, data["classes"], v)
    ]
    if isinstance(data["videos"], dict):
        for video_id, video in data["videos"].items():
            found = _video_problems(video)
            problems += [f"video {video_id!r}: {text}" for text in found]
    else:
        problems.append(f"videos is {data['videos']!r}, must be an object by video id")
    raise_problems(path, problems, FIX_ANNOTATION)
    return Annotation(
        classes=data["classes"],
        videos={key: _video_info(video) for key, video in data["videos"].items()},
        mirrored_classes=[(a, b) for a, b in pairs["mirrored_classes"]],
        reversed_classes=[(a, b) for a, b in pairs["reversed_classes"]],
        synthetic=bool(data.get("synthetic", False)),
        note=str(data.get("note", "")),
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
    pairs = {key: getattr(annotation, key) for key in _PAIR_KEYS}
    problems = _class_problems(annotation.classes) or [
        text
        for key, value in pairs.items()
        for text in _pair_problems(key, annotation.classes, value)
    ]
    for key, video in videos.items():
        problems += [f"video {key!r}: {text}" for text in _video_problems(video)]
    raise_problems("annotation", problems, "Nothing was written.")
    fields = {
        "format": FORMAT,
        "synthetic": bool(annotation.synthetic),
        "note": annotation.note,
        "classes": list(annotation.classes),
        **{key: [list(pair) for pair in value] for key, value in pairs.items()},
    }
    head = [f"{_dump(key)}: {_dump(value)}" for key, value in fields.items()]
    body = ",\n".join(f"  {_dump(k)}: {_dump(v)}" for k, v in videos.items())
    return "{\n" + ",\n".join([*head, f'"videos": {{\n{body}\n}}']) + "\n}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    repeated = (
        sorted({key for key in keys if keys.count(key) > 1})
        if (len(set(keys)) < len(keys))
        else []
    )
    if repeated:
        raise ValueError(f"keys {repeated} are there twice")
    return dict(pairs)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _class_problems(classes: object) -> list[str]:
    if not isinstance(classes, list) or not classes:
        return [f"classes is {classes!r}, must be a list of at least one name"]
    problems = [
        f"class {name!r} is not a non-empty text"
        for name in classes
        if not isinstance(name, str) or not name
    ]
    if not problems and len(set(classes)) < len(classes):
        repeated = sorted({name for name in classes if classes.count(name) > 1})
        problems.append(f"classes {repeated} are there twice")
    return problems


def _pair_problems(key: str, classes: list[str], pairs: object) -> list[str]:
    if not isinstance(pairs, list):
        return [f"{key} is {pairs!r}, must be a list of pairs of classes"]
    problems, seen = [], set()
    for pair in pairs:
        good = isinstance(pair, list | tuple) and len(pair) == 2
        if not good or not set(pair) <= set(classes) or pair[0] == pair[1]:
            problems.append(f"{key} {pair!r} is not a pair of two classes")
            continue
        problems += [f"class {n!r} is in two pairs of {key}" for n in pair if n in seen]
        seen.update(pair)
    return problems


def _video_problems(video: object) -> list[str]:
    if not isinstance(video, Mapping):
        return [f"is {video!r}, must be an object"]
    missing = [key for key in _VIDEO_KEYS if key not in video]
    if missing:
        return [f"key {key!r} is missing" for key in missing]
    problems = [
        f"{key} is {video[key]!r}, must be an integer of at least 1"
        for key in ("width", "height", "num_frames")
        if not _is_integer(video[key]) or video[key] < 1
    ]
    problems += [
        f"{key} is {video[key]!r}, must be a non-empty text"
        for key in ("file", "source")
        if not isinstance(video[key], str) or not video[key]
    ]
    fps = video["fps"]
    if not (isinstance(fps, int | float) and math.isfinite(fps) and fps > 0):
        problems.append(f"fps is {fps!r}, must be a number above 0")
    if "labelled" in video and not problems:
        found = ranges_from_json(video["labelled"], video["num_frames"])
        problems += [found] if isinstance(found, str) else []
    return problems or _split_problems(video["split"], video["num_frames"])


def _split_problems(split: object, num_frames: int) -> list[str]:
    if isinstance(split, str):
        return [] if split else ["split is empty"]
    if not isinstance(split, Mapping) or not split:
        return [f"split is {split!r}, must be a name or ranges by name"]
    problems = []
    taken: list[tuple[int, int, str]] = []
    for name, pair in split.items():
        good = isinstance(pair, list | tuple) and len(pair) == 2
        if not good or not all(_is_integer(x) for x in pair) or not name:
            problems.append(f"split {name!r} is {pair!r}, must be [first, last]")
        elif not 1 <= pair[0] <= pair[1] <= num_frames:
            problems.append(
                f"split {name!r} is {list(pair)}, must lie in 1..{num_frames}"
            )
        else:
            problems += [
                f"splits {name!r} and {other!r} share frames"
                for first, last, other in taken
                if pair[0] <= last and first <= pair[1]
            ]
            taken.append((pair[0], pair[1], name))
    return problems


def _video_json(video: VideoInfo) -> dict[str, Any]:
    fields = {key: getattr(video, key) for key in _VIDEO_KEYS}
    if video.labelled is not None:
        fields["labelled"] = ranges_to_json(video.labelled)
    return fields


def _video_info(video: dict[str, Any]) -> VideoInfo:
    split = video["split"]
    if isinstance(split, dict):
        split = {name: (first, last) for name, (first, last) in split.items()}
    fields = {key: video[key] for key in _VIDEO_KEYS}
    if "labelled" in video:
        fields["labelled"] = ranges_from_json(video["labelled"], video["num_frames"])
    return VideoInfo(**{**fields, "fps": float(video["fps"]), "split": split})
