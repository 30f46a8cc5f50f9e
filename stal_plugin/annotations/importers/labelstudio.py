"""Read exports of Label Studio (JSON and JSON-MIN): boxes on videos and on images."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from stal_plugin.annotations.importers.cvat_tracks import CvatTrack
from stal_plugin.annotations.importers.frame_times import (
    frame_times,
    frames_at_rate,
    rate_problem,
)
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.labelstudio_shapes import (
    OTHER_SHAPES,
    corners_of_box,
    labels_of_region,
    region_box,
)
from stal_plugin.annotations.importers.tool_boxes import (
    SAME_FRAME,
    ImageNames,
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    video_and_frame,
)
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.annotations.json_models import load_json
from stal_plugin.annotations.problems import one_error, raise_problems

_UPLOADS = re.compile(r"/?data/upload/\d+/")  # a folder per project, not per video
_UPLOAD = re.compile(r"^[0-9a-f]{8}-")  # in front of the names of uploaded files
_FIX = "Export the project as JSON again, or say with --sampled-fps how frames count."


def read_labelstudio(
    path: Path, library: VideoLibrary, options: ImportOptions
) -> ToolBoxes:
    """Read the rectangles of all tasks.

    Boxes are percents. A video's key frames count from 1 at the frame rate of the
    project; between them boxes move linearly while they are ``enabled``. Results of
    one region (choices, texts) are its attributes, by the name of the control.

    Args:
        path: The json.
        library: The videos: their lengths tell whether the project's rate is theirs.
        options: Where the actions are, and the rate at which frames count.

    Returns:
        Boxes divided by the size of the image, frames from 1.

    Raises:
        FileNotFoundError: There is no such file, or a video is missing.
        ValueError: The file has another form, or frames, times and videos do not fit.
    """
    data = load_json(path)
    with one_error(path):
        if not isinstance(data, list):
            raise ValueError("an export of Label Studio is a list of tasks")
        tasks = _Tasks(library, options)
        for number, task in enumerate(data):
            try:
                tasks.add(f"[{number}]", task)
            except (AttributeError, LookupError, TypeError, ArithmeticError) as error:
                text = f"[{number}] is no task of Label Studio ({error!r})"
                raise ValueError(text) from None
    raise_problems(path, tasks.problems, _FIX)
    raise_problems(path, tasks.images.problems, SAME_FRAME)
    return tasks.boxes()


@dataclass
class _Tasks:
    """What was read so far."""

    library: VideoLibrary
    options: ImportOptions
    rows: list[ToolRow] = field(default_factory=list)
    sizes: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    listed: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    attributes: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    images: ImageNames = field(default_factory=ImageNames)

    def boxes(self) -> ToolBoxes:
        if len(self.kinds) > 1:
            raise ValueError("tasks of videos and of images: export them one by one")
        images = "image" in self.kinds
        return boxes_of_rows(
            self.rows,
            self.sizes,
            base=None if images else 1,
            true_frames=not images,
            normalized=True,
            attributes=self.attributes,
            left_out=self.left_out,
            listed=dict(self.listed),
            sparse=images,
        )

    def add(self, place: str, task: dict[str, Any]) -> None:
        if "annotations" in task and not _finished(task):
            self.left_out["tasks without a finished annotation"] += 1
            return
        results = list(_results(task, self.left_out))
        attributes: dict[str, dict[str, str]] = defaultdict(dict)
        for result in results:
            attributes[result["id"]].update(_attributes(result))
        self.attributes |= {name for own in attributes.values() for name in own}
        source = _source(task)
        for result in results:
            value, own = result["value"], attributes[result["id"]]
            extent = region_box(value)
            if "sequence" not in value and extent is None:
                shapes = set(value) & OTHER_SHAPES
                self.left_out["shapes that are no rectangle"] += bool(shapes)
                continue
            names = [
                n for v in labels_of_region(value) for n in self._actions(str(v), own)
            ]
            track = own.get(self.options.rule.track, "") or str(result["id"])
            where = f"{place}, region {result['id']}"
            if "sequence" in value:
                self.kinds.add("video")
                self._add_video(source, value, dict.fromkeys(names), track, where)
            else:
                self.kinds.add("image")
                track = own.get(self.options.rule.track, "")
                box = {**result, "value": {**value, **(extent or {})}}
                self._add_image(source, box, dict.fromkeys(names), track, where)
                kept = "shapes that are no rectangle, taken by their extent"
                self.left_out[kept] += "width" not in value
        named = video_and_frame(source)
        if named and _image(Path(source)):
            if not self.images.add(*named, f"{place} {source}"):
                return
            self.listed[named[0]].append(named[1])
            self.sizes.setdefault(named[0], None)

    def _actions(self, label: str, attributes: dict[str, str]) -> list[str]:
        return self.options.rule.actions(label, attributes, self.left_out)

    def _add_image(
        self, source: str, result: dict, names: dict[str, None], track: str, where: str
    ) -> None:
        named = video_and_frame(source)
        if named is None:
            raise ValueError(f"{where}: the name of image {source!r} ends in no number")
        video, frame = named
        value = result["value"]
        keys = ("original_width", "original_height")
        width, height = (value.get(key) or result.get(key) for key in keys)
        known = (int(width), int(height)) if width and height else None
        if float(result.get("image_rotation") or 0) % 360:
            self.problems.append(
                f"{where}: the picture was turned in the tool (image_rotation "
                f"{result['image_rotation']}): turn it back there and export again"
            )
        self.sizes[video] = self.sizes.get(video) or known
        box = corners_of_box(value, *(known or (1, 1)))
        self.rows += [ToolRow(video, frame, box, name, track, where) for name in names]

    def _add_video(
        self, source: str, value: dict, names: dict[str, None], track: str, where: str
    ) -> None:
        name = self._name(source)
        path, probe = self.library.get(name)
        self.sizes.setdefault(name, None)
        keys = sorted(value["sequence"], key=lambda key: int(key["frame"]))
        if not keys:
            return
        numbers = np.array([int(key["frame"]) for key in keys], np.int64)
        rate = self.options.sampled_fps
        count, seconds = value.get("framesCount"), value.get("duration")
        if rate is None:
            times = [key.get("time") for key in keys]
            problem = rate_problem(numbers, times, count, seconds, probe)
            if problem:
                self.problems.append(f"{where}: {name}: {problem}")
                return
            if count and seconds and abs(count - probe.num_frames) > 1:
                rate = count / seconds
        if rate is not None:
            numbers = frames_at_rate(numbers - 1, rate, frame_times(path, probe))
            text = f"regions of {name} whose frames count at {rate:.4g} per second"
            self.left_out[f"{text}; looked up by time"] += 1
        if numbers[-1] > probe.num_frames + 1:  # a closing key frame may be behind
            self.problems.append(
                f"{where}: key frame {numbers[-1]} of {name}, which has "
                f"{probe.num_frames} frames: this is not the video that was annotated"
            )
            return
        if (np.diff(numbers) <= 0).any() or numbers[0] < 1:
            self.problems.append(f"{where}: key frames {numbers.tolist()[:5]}")
            return
        boxes = [corners_of_box(key, probe.width, probe.height) for key in keys]
        hidden = np.array([not key.get("enabled", True) for key in keys])
        shown = CvatTrack(track, "", "", numbers, np.array(boxes), hidden)
        frames, corners = shown.visible_boxes(probe.num_frames)
        self.left_out["boxes after a track's last key frame; kept"] += int(
            (frames > numbers[-1]).sum()
        )
        self.rows += [
            ToolRow(name, frame, (*box,), action, track, f"{where}, frame {frame}")
            for frame, box in zip(frames.tolist(), corners.tolist(), strict=True)
            for action in names
        ]

    def _name(self, source: str) -> str:
        """Name of a video, with or without what was put in front at the upload."""
        short = _UPLOAD.sub("", source)
        return short if self.library.absent([source]) else source


def _finished(task: dict[str, Any]) -> list[dict]:
    """Annotations of a task that the labeller did not skip."""
    return [a for a in task.get("annotations", ()) if not a.get("was_cancelled")]


def _results(task: dict[str, Any], left_out: Counter[str]) -> Iterator[dict]:
    """Results of a task, of either form of the export."""
    done = _finished(task)
    left_out["annotations of a task beside its first one"] += max(len(done) - 1, 0)
    for number, result in enumerate(done[0]["result"] if done else ()):
        if isinstance(result.get("value"), dict):
            yield {**result, "id": result.get("id", number)}
    if "annotations" in task:
        return
    for name, items in task.items():  # JSON-MIN: lists of values by control
        for number, value in enumerate(items if isinstance(items, list) else ()):
            if isinstance(value, dict):
                yield {"id": f"{name}{number}", "from_name": name, "value": value}


def _attributes(result: dict[str, Any]) -> dict[str, str]:
    """Choices and texts of a region."""
    value = result["value"]
    if "sequence" in value or "x" in value or "points" in value:
        return {}
    items = value.get("choices") or value.get("text") or value.get("number") or ()
    items = items if isinstance(items, list) else [items]
    name = str(result.get("from_name", ""))
    return {name: ",".join(map(str, items))} if items and name else {}


def _source(task: dict[str, Any]) -> str:
    """Name of a task's video or image."""
    data = task.get("data", task)
    known = [data.get(key) for key in ("video", "video_url", "image", "img")]
    texts = [t for t in [*known, *data.values()] if isinstance(t, str) and "." in t]
    if not texts:
        raise ValueError(f"task {task.get('id')} names no video or image")
    parts = urlsplit(texts[0])
    inner = parse_qs(parts.query).get("d", [parts.path or texts[0]])[0]
    path = Path(_UPLOADS.sub("", unquote(inner)))
    if not _image(path):
        return path.name
    return (path.parent / _UPLOAD.sub("", path.name)).as_posix()


def _image(path: Path) -> bool:
    return path.suffix.lower() in (".jpg", ".jpeg", ".png", ".bmp", ".webp")
