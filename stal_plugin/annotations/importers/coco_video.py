"""Import boxes of videos in COCO's json form (COCO-VID, CVAT's and Roboflow's COCO)."""

import re
from collections import Counter, defaultdict
from os import PathLike
from typing import Annotated, Any

from pydantic import Field

from stal_plugin.annotations.importers.coco import (
    CocoAnnotation,
    CocoHeader,
    CocoImage,
    check_coco_ids,
    frame_number,
)
from stal_plugin.annotations.importers.coco_regions import Box, region_extent
from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    is_sampled,
    video_and_frame,
)
from stal_plugin.annotations.json_models import Number, read_model, wrong_value
from stal_plugin.annotations.problems import raise_problems, shortened

_BY_EXTENT = "annotations without bbox, taken by the extent of their segmentation"
_MASKS = "masks with iscrowd 1 (CVAT writes each so), taken by their extent"
_CORNERS = 4
_UPLOADS = re.compile(r"^(?:.*/)?(?:images|upload/\d+)/(?=[0-9a-f]{8}-)")
_FIX = "Correct them where they come from, or export the file again with boxes"


class _Annotation(CocoAnnotation):
    """One of the ``annotations``; it may have a segmentation only."""

    bbox: Annotated[list[Number], Field(max_length=4)] | None = None  # type: ignore[assignment]
    segmentation: Any = None

    @property
    def is_mask(self) -> bool:
        """Whether it is a mask, which CVAT writes as a crowd."""
        return self.is_crowd and isinstance(self.segmentation, dict)

    @property
    def box(self) -> Box | None:
        """Corners of its box; a flat one is none if there is a segmentation."""
        if not self.bbox or (min(self.bbox[2:]) == 0 and self.segmentation):
            return None
        x, y, width, height = self.bbox
        return x, y, x + width, y + height


class _Truth(CocoHeader):
    annotations: list[_Annotation]


def read_coco_video(path: str | PathLike, rule: ActionRule) -> ToolBoxes:
    """Read boxes in pixels, to be imported.

    The video of an image is that of its ``video_id`` (named by ``videos``), its frame
    is ``frame_id``, which counts from 0. Without them both come from ``file_name``.
    Attributes of a box are in its ``attributes``, its track in ``track_id``,
    ``instance_id`` or ``attributes.track_id``. With ``iscrowd`` 1 a mask is one person,
    as CVAT writes each of its masks so; a crowd without a mask is left out.

    Args:
        path: The json.
        rule: Where the actions are.

    Returns:
        The boxes.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file breaks the form; names the place.
    """
    data = read_model(path, _Truth)
    left_out: Counter[str] = Counter()
    boxes = _boxes(path, data, left_out)
    check_coco_ids(path, data, data.annotations, "annotations")
    names = {category.id: category.name or category.id for category in data.categories}
    frames = _frames(path, data)
    _check_images(path, data, frames)
    idle = {video.id for video in data.videos or ()} - {i.video_id for i in data.images}
    left_out["videos without an image"] += len(idle)
    rows = _rows(data, boxes, names, frames, rule, left_out)
    listed: dict[str, list[float]] = defaultdict(list)
    for video, frame in frames.values():
        listed[video].append(frame)
    unnumbered = [image for image in data.images if frame_number(image) is None]
    numbered = len(unnumbered) < len(data.images)
    return boxes_of_rows(
        rows,
        _sizes(path, data, frames),
        () if rule.attributes else list(names.values()),
        base=0 if numbered else None,
        base_varies=numbered,
        named=_named(data, frames),
        sampled={frames[i.id][0] for i in unnumbered if is_sampled(i.file_name)},
        attributes=set().union(*map(_attributes, data.annotations)),
        left_out=left_out,
        listed=dict(listed),
        sparse=True,
    )


def _rows(
    data: _Truth,
    boxes: dict[int, Box],
    names: dict[str, str],
    frames: dict[str, tuple[str, float]],
    rule: ActionRule,
    left_out: Counter[str],
) -> list[ToolRow]:
    """Rows of the annotations that have a box, one for each action."""
    rows: list[ToolRow] = []
    for i, item in enumerate(data.annotations):
        if item.is_crowd and not item.is_mask:
            left_out["crowd regions"] += 1
        elif i in boxes:
            own, (video, frame) = _attributes(item), frames[item.image_id]
            told = item.instance_id if item.track_id is None else item.track_id
            told = own.get("track_id", "") if told is None else told
            track, place = rule.track_of(own, told), f"annotations[{i}]"
            actions = rule.actions(names[item.category_id], own, left_out)
            rows += [ToolRow(video, frame, boxes[i], a, track, place) for a in actions]
    return rows


def _region(segmentation: Any, size: tuple[int, int] | None) -> Box | None:
    """Extent of a segmentation of an image of a size; masks have that size."""
    extent = region_extent(segmentation or [])
    own = segmentation["size"] if isinstance(segmentation, dict) else None
    if own and size and list(own) != [size[1], size[0]]:
        raise ValueError(f"the image is of {size[0]}x{size[1]} pixels")
    return extent


def _boxes(
    path: str | PathLike, data: _Truth, left_out: Counter[str]
) -> dict[int, Box]:
    """Corners of the annotations that have a box or a segmentation, by their place."""
    boxes: dict[int, Box] = {}
    problems, without = [], []
    sizes = {image.id: image.size for image in data.images}
    for i, item in enumerate(data.annotations):
        if item.is_crowd and not item.is_mask:
            continue
        try:
            box = _corners(f"annotations[{i}]", item, sizes.get(item.image_id))
        except ValueError as error:
            problems.append(str(error))
            continue
        if box is None:
            without.append(i)
        else:
            boxes[i] = box
    raise_problems(path, problems, _FIX)
    taken = [data.annotations[i] for i in boxes]
    left_out[_BY_EXTENT] += sum(item.box is None for item in taken)
    left_out[_MASKS] += sum(item.is_mask for item in taken)
    if without:
        first = f"(the first: annotations[{without[0]}])"
        reason = f"annotations without box and segmentation, left out {first}"
        left_out[reason] = len(without)
    return boxes


def _corners(place: str, item: _Annotation, size: tuple[int, int] | None) -> Box | None:
    """Corners of the box, else of the segmentation, in an image of a size."""
    if item.bbox and len(item.bbox) != _CORNERS:
        raise ValueError(wrong_value([place, "bbox"], item.bbox, "a list of 4 numbers"))
    try:
        return item.box or _region(item.segmentation, size)
    except ValueError as error:
        value = shortened(repr(item.segmentation), 60)
        raise ValueError(f"{place}.segmentation is {value}: {error}") from None


def _frames(path: str | PathLike, data: CocoHeader) -> dict[str, tuple[str, float]]:
    """Video and frame of each image, by its id."""
    videos = {v.id: v.file_name or v.name or v.id for v in data.videos or ()}
    frames: dict[str, tuple[str, float]] = {}
    for i, image in enumerate(data.images):
        named = _named_frame(image) or (None, None)
        own = image.video_id
        video = named[0] if own is None else videos.get(own, own)
        frame = named[1] if frame_number(image) is None else frame_number(image)
        if video is None or frame is None:
            allowed = (
                "an image with video_id, or file_name VIDEO/00001.jpg"
                if video is None
                else "an image with frame_id, or a number in file_name"
            )
            text = wrong_value(["images", i], image.model_dump(), allowed)
            raise ValueError(f"{path}: {text}")
        frames[image.id] = (video, frame)
    return frames


def _named_frame(image: CocoImage) -> tuple[str, int] | None:
    """Video and frame in the name of an image; Label Studio's folder is no video's."""
    name = image.file_name.replace("\\", "/")
    return video_and_frame(_UPLOADS.sub("", name))


def _check_images(
    path: str | PathLike, data: _Truth, frames: dict[str, tuple[str, float]]
) -> None:
    """Require that no two images are one frame."""
    owner: dict[tuple[str, float], CocoImage] = {}
    problems = []
    for image in data.images:
        first = owner.setdefault(frames[image.id], image)
        if first is not image:
            video, frame = frames[image.id]
            own = [f"{i.id} ({i.file_name})" for i in (first, image)]
            problems.append(
                f"images {own[0]} and {own[1]} are frame {frame:g} of {video}"
            )
    fix = (
        "Which of them is the video's? Take the others out, with their boxes "
        "(Roboflow: export without augmentations)."
    )
    raise_problems(path, problems, fix)


def _sizes(
    path: str | PathLike, data: _Truth, frames: dict[str, tuple[str, float]]
) -> dict[str, tuple[int, int] | None]:
    """Size of the images of each video; all have one."""
    sizes: dict[str, tuple[int, int] | None] = {}
    problems = []
    for image in data.images:
        video = frames[image.id][0]
        if sizes.setdefault(video, image.size) != image.size:
            problems.append(
                f"image {image.id} ({image.file_name}) has size {image.size}, others "
                f"of {video} have {sizes[video]}"
            )
    raise_problems(path, problems, "Export the images of a video in one size.")
    return sizes


def _named(
    data: _Truth, frames: dict[str, tuple[str, float]]
) -> dict[str, dict[float, int]]:
    """Numbers in the names of images that have a frame of their own as well."""
    named: dict[str, dict[float, int]] = {}
    for image in data.images:
        known = _named_frame(image)
        if known is not None:
            video, frame = frames[image.id]
            named.setdefault(video, {})[frame] = known[1]
    return named


def _attributes(item: CocoAnnotation) -> dict[str, str]:
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in (item.attributes or {}).items()
        if isinstance(value, str | int | float)
    }
