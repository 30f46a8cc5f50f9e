"""Write projects of the VGG Image Annotator 3 (VIA 3)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.exporters.person_tracks import PersonTrack, tool_name

#: Attributes of a region.
ACTION, PERSON, SCORE = "action", "person_id", "score"
_TEXT, _CHECKBOX, _VIDEO, _LOCAL, _RECTANGLE = 1, 2, 4, 1, 2
_UI = {
    "file_content_align": "center",
    "file_metadata_editor_visible": True,
    "spatial_metadata_editor_visible": True,
    "temporal_segment_metadata_editor_visible": True,
    "spatial_region_label_attribute_id": "",
    "gtimeline_visible_row_count": "4",
}


def write_via(
    path: Path, annotation: Annotation, tracks: Mapping[str, Sequence[PersonTrack]]
) -> None:
    """Write all videos into one project; VIA asks for the videos when it is opened.

    VIA knows times, not frames: a box is at a quarter of its frame's duration, so that
    neither rounding down nor rounding to the nearest leaves the frame. It has no
    tracks: the person is in an attribute.

    Args:
        path: The json file.
        annotation: Videos and classes.
        tracks: By video.
    """
    options = {str(i): name for i, name in enumerate(annotation.classes)}
    keys = {name: key for key, name in options.items()}
    files, views = {}, {}
    regions: dict[str, dict[str, Any]] = {}
    for number, (video, info) in enumerate(annotation.videos.items(), 1):
        key = str(number)
        name = tool_name(video, info)
        place = {"loc": _LOCAL, "src": name}
        files[key] = {"fid": key, "fname": name, "type": _VIDEO, **place}
        views[key] = {"fid_list": [key]}
        for track in tracks[video]:
            regions |= _regions(key, info.fps, track, keys)
    content = {
        "project": {
            "pid": "__VIA_PROJECT_ID__",
            "rev": "__VIA_PROJECT_REV_ID__",
            "rev_timestamp": "__VIA_PROJECT_REV_TIMESTAMP__",
            "pname": annotation.note or "stal_plugin",
            "creator": "stal_plugin",
            "created": 0,
            "vid_list": [*views],
        },
        "config": {"file": {"loc_prefix": dict.fromkeys("1234", "")}, "ui": _UI},
        "attribute": {
            "1": _attribute(ACTION, _CHECKBOX, options),
            "2": _attribute(PERSON, _TEXT),
            "3": _attribute(SCORE, _TEXT),
        },
        "file": files,
        "metadata": regions,
        "view": views,
    }
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def _regions(
    video: str, fps: float, track: PersonTrack, keys: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Regions of a track, by their ids; ``keys`` of the actions."""
    regions = {}
    for i, frame in enumerate(track.frames.tolist()):
        x1, y1, x2, y2 = track.boxes[i].tolist()
        corner_and_size = (round(v, 6) for v in (x1, y1, x2 - x1, y2 - y1))
        regions[f"{video}_{track.number}_{frame}"] = {
            "vid": video,
            "flg": 0,
            "z": [round((frame - 0.75) / fps, 6)],
            "xy": [_RECTANGLE, *corner_and_size],
            "av": {
                "1": ",".join(keys[action] for action in track.actions[i]),
                "2": str(track.number),
                "3": f"{track.scores[i]:.4f}",
            },
        }
    return regions


def _attribute(
    name: str, kind: int, options: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {
        "aname": name,
        "anchor_id": "FILE1_Z1_XY1",
        "type": kind,
        "desc": "",
        "options": dict(options or {}),
        "default_option_id": "",
    }
