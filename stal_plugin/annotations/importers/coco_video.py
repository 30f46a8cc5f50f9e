"""Read boxes of videos in COCO's json form (COCO-VID, CVAT's and Roboflow's COCO)."""

from collections import Counter
from os import PathLike

from stal_plugin.annotations.importers.action_rule import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    image_place,
)
from stal_plugin.annotations.json_node import JsonNode

_TRACKS = ("track_id", "instance_id")

# Video, frame and size of an image.
_Image = tuple[str, float, tuple[int, int] | None]


def read_coco_video(path: str | PathLike, rule: ActionRule) -> ToolBoxes:
    """Read boxes in pixels.

    The video of an image is that of its ``video_id`` (named by ``videos``), its frame
    is ``frame_id``, which counts from 0. Without them both come from ``file_name``.
    Attributes of a box are in its ``attributes``, its track in ``track_id``,
    ``instance_id`` or ``attributes.track_id``.

    Args:
        path: The json.
        rule: Where the actions are.

    Returns:
        The boxes.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file breaks the form; names the place.
    """
    data = JsonNode.load(path)
    names = {c["id"].text(): c["name"].text() for c in data["categories"].items()}
    images, base = _images(data)
    idle = _videos_without_image(data)
    rows: list[ToolRow] = []
    attributes: set[str] = set()
    left_out: Counter[str] = Counter({"videos without an image": idle})
    for item in data["annotations"].items():
        image = images.get(item["image_id"].text())
        if image is None:
            raise item["image_id"].wrong("the id of one of the images")
        if item["category_id"].text() not in names:
            raise item["category_id"].wrong(f"one of the categories {list(names)}")
        own = _attributes(item)
        attributes |= set(own)
        if "iscrowd" in item and item["iscrowd"].text() not in ("0", "false"):
            left_out["crowd regions"] += 1
            continue
        x, y, width, height = item["bbox"].numbers(4)
        actions = rule.actions(names[item["category_id"].text()], own, left_out)
        rows += [
            ToolRow(
                video=image[0],
                frame=image[1],
                box=(x, y, x + width, y + height),
                action=action,
                track=_track(item, own, rule),
                place=item.place,
            )
            for action in actions
        ]
    boxes = boxes_of_rows(rows, {video: size for video, _, size in images.values()})
    if not rule.attributes:
        boxes.classes = list(dict.fromkeys(names.values()))
    boxes.base, boxes.attributes, boxes.left_out = base, attributes, left_out
    for video, frame, _ in images.values():
        boxes.listed.setdefault(video, []).append(frame)
    boxes.sparse = True
    return boxes


def _images(data: JsonNode) -> tuple[dict[str, _Image], int | None]:
    """Images by id, and the number of a video's first frame."""
    videos = {}
    if "videos" in data:
        for node in data["videos"].items():
            key = next((k for k in ("file_name", "name", "id") if k in node), "id")
            videos[node["id"].text()] = node[key].text()
    images: dict[str, _Image] = {}
    listed = False
    for image in data["images"].items():
        name = image["file_name"].text() if "file_name" in image else ""
        found = image_place(name)
        if "video_id" in image:
            own = image["video_id"].text()
            video = videos.get(own, own)
        elif found is not None:
            video = found[0]
        else:
            raise image.wrong("an image with video_id, or file_name VIDEO/00001.jpg")
        if "frame_id" in image or "frame_index" in image:
            key = "frame_id" if "frame_id" in image else "frame_index"
            frame, listed = image[key].number(), True
        elif found is not None:
            frame = found[1]
        else:
            raise image.wrong("an image with frame_id, or a number in file_name")
        images[image["id"].text()] = (video, frame, image.size())
    return images, 0 if listed else None


def _videos_without_image(data: JsonNode) -> int:
    if "videos" not in data:
        return 0
    images = data["images"].items()
    used = {image["video_id"].text() for image in images if "video_id" in image}
    return sum(v["id"].text() not in used for v in data["videos"].items())


def _attributes(item: JsonNode) -> dict[str, str]:
    if "attributes" not in item:
        return {}
    return {
        key: node.text()
        for key, node in item["attributes"].entries()
        if isinstance(node.value, str | int | float)
    }


def _track(item: JsonNode, attributes: dict[str, str], rule: ActionRule) -> str:
    if rule.track:
        return attributes.get(rule.track, "")
    key = next((key for key in _TRACKS if key in item), None)
    return item[key].text() if key else attributes.get("track_id", "")
