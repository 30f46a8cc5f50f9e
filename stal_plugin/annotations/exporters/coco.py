"""Write COCO's json form for videos."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.exporters.person_tracks import PersonTrack, tool_name


def write_coco(
    path: Path, annotation: Annotation, tracks: Mapping[str, Sequence[PersonTrack]]
) -> None:
    """Write all videos into one file, as COCO-VID has them.

    An image is a labelled frame (``frame_id`` counts from 0, the file name from 1); a
    box with several actions has one entry for each, with equal ``bbox`` and
    ``track_id``.

    Args:
        path: The json file.
        annotation: Videos and classes.
        tracks: By video.
    """
    videos: list[dict] = []
    images: list[dict] = []
    boxes: list[dict] = []
    categories = {name: i for i, name in enumerate(annotation.classes, 1)}
    for video_id, (video, info) in enumerate(annotation.videos.items(), 1):
        size = {"width": info.width, "height": info.height}
        name = {"name": video, "file_name": tool_name(video, info)}
        videos.append({"id": video_id, **name, **size})
        image_ids: dict[int, int] = {}
        for frame in info.labelled_frames().tolist():
            image_ids[frame] = len(images) + 1
            image = {"id": len(images) + 1, "video_id": video_id, "frame_id": frame - 1}
            images.append({**image, "file_name": f"{video}/{frame:06d}.jpg", **size})
        for track in tracks[video]:
            for own in _entries(track, categories, image_ids):
                boxes.append({"id": len(boxes) + 1, **own})
    content = {
        "info": {"description": annotation.note},
        "videos": videos,
        "categories": [{"id": i, "name": name} for name, i in categories.items()],
        "images": images,
        "annotations": boxes,
    }
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def _entries(
    track: PersonTrack, categories: Mapping[str, int], image_ids: Mapping[int, int]
) -> list[dict[str, Any]]:
    entries = []
    for i, frame in enumerate(track.frames.tolist()):
        x1, y1, x2, y2 = track.boxes[i].tolist()
        box = [round(v, 6) for v in (x1, y1, x2 - x1, y2 - y1)]
        entries += [
            {
                "image_id": image_ids[frame],
                "category_id": categories[action],
                "bbox": box,
                "area": round(box[2] * box[3], 6),
                "iscrowd": 0,
                "track_id": track.number,
                "score": round(float(track.scores[i]), 6),
            }
            for action in track.actions[i]
        ]
    return entries
