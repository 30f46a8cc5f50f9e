"""Read exports of Label Studio (JSON and JSON-MIN): boxes on videos and on images."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from stal_plugin.annotations.importers.labelstudio_tasks import (
    attributes_of_result,
    finished,
    is_image,
    results_of_task,
    source_of_task,
)
from stal_plugin.annotations.importers.tool_boxes import (
    SAME_FRAME,
    ImageNames,
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    video_and_frame,
)
from stal_plugin.annotations.importers.video_library import (
    VideoLibrary,
    without_upload_mark,
)
from stal_plugin.annotations.json_models import load_json
from stal_plugin.annotations.problems import one_error, raise_problems, shortened
from stal_plugin.video import VideoProbe

_LINE = 1500  # characters of an error
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
    if not isinstance(data, list):
        raise ValueError(f"{path}: an export of Label Studio is a list of tasks")
    tasks = _Tasks(library, options)
    for number, task in enumerate(data):
        with tasks.checked(f"[{number}]", "task"):
            tasks.add(f"[{number}]", task)
    raise_problems(path, tasks.problems, _FIX)
    raise_problems(path, tasks.images.problems, SAME_FRAME)
    if tasks.missing:
        first, *others = tasks.missing
        more = f"\n... and {len(others)} more" if others else ""
        raise FileNotFoundError(shortened(first, _LINE) + more)
    with one_error(path):
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
    missing: dict[str, None] = field(default_factory=dict)  # videos, as an error says

    @contextmanager
    def checked(self, place: str, what: str) -> Iterator[None]:
        """Keep what is wrong with a part of the file, so that all of it is told."""
        try:
            yield
        except FileNotFoundError as error:
            self.missing[str(error)] = None
        except ValueError as error:
            self.problems.append(
                f"{place}: {error}".replace(f"{place}: {place}", place)
            )
        except (AttributeError, LookupError, TypeError, ArithmeticError) as error:
            self.problems.append(f"{place} is no {what} of Label Studio ({error!r})")

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
        if "annotations" in task and not finished(task):
            self.left_out["tasks without a finished annotation"] += 1
            return
        results = list(results_of_task(task, self.left_out))
        attributes: dict[str, dict[str, str]] = defaultdict(dict)
        for result in results:
            attributes[result["id"]].update(attributes_of_result(result))
        self.attributes |= {name for own in attributes.values() for name in own}
        source = source_of_task(task)
        for result in results:
            where = f"{place}, region {result['id']}"
            with self.checked(where, "region"):
                self._add_region(source, result, attributes[result["id"]], where)
        named = video_and_frame(source)
        if named and is_image(Path(source)):
            if not self.images.add(*named, f"{place} {source}"):
                return
            self.listed[named[0]].append(named[1])
            self.sizes.setdefault(named[0], None)

    def _add_region(
        self, source: str, result: dict, own: dict[str, str], where: str
    ) -> None:
        value = result["value"]
        extent = region_box(value)
        if "sequence" not in value and extent is None:
            shapes = set(value) & OTHER_SHAPES
            self.left_out["shapes that are no rectangle"] += bool(shapes)
            return
        names = dict.fromkeys(
            n for v in labels_of_region(value) for n in self._actions(str(v), own)
        )
        track = self.options.rule.track_of(own)
        if "sequence" in value:
            self.kinds.add("video")
            if self.options.present_only and self.library.absent([self._name(source)]):
                self.left_out["regions of videos that are not there"] += 1
                return
            self._add_video(source, value, names, track or str(result["id"]), where)
        else:
            self.kinds.add("image")
            box = {**result, "value": {**value, **(extent or {})}}
            self._add_image(source, box, names, track, where)
            kept = "shapes that are no rectangle, taken by their extent"
            self.left_out[kept] += "width" not in value

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
        numbers = self._key_frames(name, path, probe, value, keys)
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

    def _key_frames(
        self, name: str, path: Path, probe: VideoProbe, value: dict, keys: list[dict]
    ) -> NDArray[np.int64]:
        """Frames of a video, from 1, that a region's key frames are on."""
        numbers = np.array([int(key["frame"]) for key in keys], np.int64)
        rate = self.options.sampled_fps
        count, seconds = value.get("framesCount"), value.get("duration")
        if rate is None:
            times = [key.get("time") for key in keys]
            problem = rate_problem(numbers, times, count, seconds, probe)
            if problem:
                raise ValueError(f"{name}: {problem}")
            if count and seconds and abs(count - probe.num_frames) > 1:
                rate = count / seconds
        if rate is not None:
            numbers = frames_at_rate(numbers - 1, rate, frame_times(path, probe))
            text = f"regions of {name} whose frames count at {rate:.4g} per second"
            self.left_out[f"{text}; looked up by time"] += 1
        if numbers[-1] > probe.num_frames + 1:  # a closing key frame may be behind
            raise ValueError(
                f"key frame {numbers[-1]} of {name}, which has {probe.num_frames} "
                "frames: this is not the video that was annotated"
            )
        if (np.diff(numbers) <= 0).any() or numbers[0] < 1:
            raise ValueError(f"key frames {numbers.tolist()[:5]}")
        return numbers

    def _name(self, source: str) -> str:
        """Name of a video, with or without what was put in front at the upload."""
        short = without_upload_mark(source)
        return short if self.library.absent([source]) else source
