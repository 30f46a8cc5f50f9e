"""One good file of every kind that is read, and how it is read."""

import io
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import savemat

from stal_plugin.annotations import read_annotation, write_annotation
from stal_plugin.annotations.importers import mat_files
from stal_plugin.annotations.importers.ava import read_ava_csv
from stal_plugin.annotations.importers.ava_proposals import read_proposals
from stal_plugin.annotations.importers.coco import read_coco_results, read_coco_truth
from stal_plugin.annotations.importers.import_options import (
    ActionRule,
    ImportOptions,
    read_label_list,
)
from stal_plugin.annotations.importers.importers import import_files
from stal_plugin.annotations.importers.jhmdb_release import read_joint_positions
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.annotations.keypoints import Keypoints, read_keypoints, write_keypoints
from stal_plugin.annotations.person_boxes import read_person_boxes
from stal_plugin.annotations.predictions import read_predictions
from stal_plugin.annotations.validation.validate import validate

SIZE = np.array([96, 64, 96, 64])
LABELS = ("wipe", "roll", "none")
# frame (from 1), box in pixels of 96x64, label, person
ROWS = [
    (1 + i % 10, (float(i), float(i % 7), i + 10.0 + i % 5, 20.0 + i), i % 2, i % 3)
    for i in range(20)
]
_SPANS = [(1 + i % 10, i / 40, 0.5 + i / 40) for i in range(20)]


@dataclass(frozen=True)
class ReadableFile:
    """A good file.

    Args:
        name: Its path in an empty folder.
        content: What is in it.
        read: Reads it; gets the folder.
        others: Content of the files beside it, by their paths.
    """

    name: str
    content: bytes
    read: Callable[[Path], object]
    others: tuple[tuple[str, bytes], ...] = ()


def readable_files(root: Path, library: VideoLibrary) -> dict[str, ReadableFile]:
    """Make them.

    Args:
        root: Folder to write in.
        library: Holds ``kitchen.mp4``, 10 frames of 96x64 pixels.

    Returns:
        Them by kind.
    """
    (root / "labels.txt").write_text("\n".join(LABELS) + "\n")
    rule = ActionRule(ignore=("none",))
    labels = {"labels": root / "labels.txt", "rule": rule}
    cvat = {"rule": ActionRule(("action",), ("none",))}
    by_frame = {"rule": rule, "frame_base": 1}

    def imported(form: str, source: str, **options: object) -> Callable:
        made = ImportOptions(**options)  # type: ignore[arg-type]

        def read(folder: Path) -> None:
            annotation, _ = import_files(form, [folder / source], library, made)
            write_annotation(annotation, folder / "out/annotations.csv")
            assert len(read_annotation(folder / "out/annotations.csv"))

        return read

    def own(folder: Path) -> None:
        checked = validate(folder / "annotations.csv", 8, decode=False)
        try:
            read_annotation(folder / "annotations.csv")
        except ValueError:
            assert checked.errors, "read refuses what validate accepts"
            raise

    coco, text = _coco(), {"via": _via(), "labelme": _labelme()}
    own_csv, own_json = _own_csv(), json.dumps(_own_json()).encode()
    return {
        "coco": ReadableFile("a.json", coco, imported("coco", "a.json", **by_frame)),
        "via": ReadableFile(
            "a.json", text["via"], imported("via", "a.json", rule=rule)
        ),
        "labelme": ReadableFile(
            "in/kitchen/00003.json",
            text["labelme"],
            imported("labelme", "in", **by_frame),
        ),
        "ava": ReadableFile(
            "a.csv", _ava(), imported("ava", "a.csv", unit="seconds", **labels)
        ),
        "cvat video": ReadableFile(
            "a.xml", _cvat_video(), imported("cvat", "a.xml", **cvat)
        ),
        "cvat images": ReadableFile(
            "a.xml", _cvat_images(), imported("cvat", "a.xml", **cvat)
        ),
        "ucf24 txt": ReadableFile(
            "in/any/kitchen/00003.txt",
            "\n".join(
                " ".join(map(str, (k + 1, *box))) for _, box, k, _ in ROWS
            ).encode(),
            imported("ucf24", "in", size=(96, 64), **labels),
        ),
        "ucf24 mat": ReadableFile(
            "a.mat", _ucf24(), imported("ucf24", "a.mat", size=(96, 64), **labels)
        ),
        "joints mat": ReadableFile(
            "a.mat", _joints(), lambda folder: read_joint_positions(folder / "a.mat")
        ),
        "tubes": ReadableFile("a.pkl", _tubes(), imported("tubes", "a.pkl")),
        **_newer_files(imported, labels),
        "own json": ReadableFile(
            "annotations.json", own_json, own, (("annotations.csv", own_csv),)
        ),
        "own csv": ReadableFile(
            "annotations.csv", own_csv, own, (("annotations.json", own_json),)
        ),
        "predictions": ReadableFile(
            "a.csv", _predictions(), lambda folder: read_predictions(folder / "a.csv")
        ),
        "keypoints": ReadableFile(
            "a.npz", _keypoints(root), lambda folder: read_keypoints(folder / "a.npz")
        ),
        "label list": ReadableFile(
            "a.pbtxt",
            b'item { name: "wipe" id: 1 }\nitem { name: "roll" id: 2 }\n',
            lambda folder: read_label_list(folder / "a.pbtxt"),
        ),
        "evaluated coco": ReadableFile(
            "a.json", coco, lambda folder: read_coco_truth(folder / "a.json")
        ),
        "coco results": ReadableFile(
            "r.json",
            json.dumps(
                [
                    {"image_id": 1, "category_id": 0, "bbox": [1, 2, 3, 4], "score": 1}
                    for _ in ROWS
                ]
            ).encode(),
            lambda folder: read_coco_results(folder / "r.json", folder / "a.json"),
            (("a.json", coco),),
        ),
        "evaluated ava": ReadableFile(
            "a.csv",
            _predictions(),
            lambda folder: read_ava_csv(folder / "a.csv", predictions=True),
        ),
    }


def _newer_files(
    imported: Callable[..., Callable], labels: dict
) -> dict[str, ReadableFile]:
    rects = [
        {
            "shape_attributes": {
                **{"name": "rect", "x": x1, "y": y1},
                **{"width": x2 - x1, "height": y2 - y1},
            },
            "region_attributes": {"action": LABELS[k]},
        }
        for _, (x1, y1, x2, y2), k, _ in ROWS
    ]
    image = {"filename": "kitchen_00003.png", "size": 9, "regions": rects}
    via2 = json.dumps({"_via_img_metadata": {"a9": image}, "_via_settings": {}})
    keys = [
        {"frame": f, "enabled": True, "x": 10 + f, "y": 20, "width": 30, "height": 40}
        for f in (3, 7)
    ]
    value = {"framesCount": 10, "duration": 0.4, "labels": ["wipe"], "sequence": keys}
    result = {"id": "t1", "type": "videorectangle", "value": value}
    task = {"video": "/data/upload/1/0a1b2c3d-kitchen.mp4"}
    studio = [{"id": 1, "data": task, "annotations": [{"result": [result]}]}]
    boxes = np.array([[10, 20, 30, 40]] * 3, np.int16)
    tube = {"label": 0, "sf": 2, "ef": 5, "boxes": boxes}
    tubes = {"any/kitchen": {"numf": 10, "label": 0, "annotations": [tube]}}
    yolo = "".join(
        f"{k} 0.5 0.5 0.{2 + i % 7} 0.4\n" for i, (*_, k, _) in enumerate(ROWS)
    )
    names = b"nc: 3\nnames: [wipe, roll, none]\n"
    people = {
        f"kitchen,{900 + i:04d}": np.array([[*(box / SIZE), 0.9]] * 3)
        for i, (_, box, *_) in enumerate(ROWS)
    }
    text = "in/labels/kitchen_00003.txt"
    by_frame = {"rule": labels["rule"], "frame_base": 1}
    via = {"rule": ActionRule(("action",), ("none",)), "frame_base": 1}
    return {
        "via 2": ReadableFile(
            "a.json", via2.encode(), imported("via", "a.json", **via)
        ),
        "label studio": ReadableFile(
            "a.json", json.dumps(studio).encode(), imported("labelstudio", "a.json")
        ),
        "ucf24 pickle": ReadableFile(
            "a.pkl",
            pickle.dumps(tubes, 2),
            imported("ucf24", "a.pkl", size=(96, 64), **labels),
        ),
        "proposals": ReadableFile(
            "a.pkl",
            pickle.dumps(people, 2),
            lambda folder: read_proposals(folder / "a.pkl"),
        ),
        "people": ReadableFile(
            "a.csv", _people(), lambda folder: read_person_boxes(folder / "a.csv")
        ),
        "yolo txt": ReadableFile(
            text,
            yolo.encode(),
            imported("yolo", "in", **by_frame),
            (("in/data.yaml", names),),
        ),
        "voc": ReadableFile(
            "in/kitchen/00003.xml", _voc(), imported("voc", "in", **by_frame)
        ),
        "yolo yaml": ReadableFile(
            "in/data.yaml",
            names,
            imported("yolo", "in", **by_frame),
            ((text, yolo.encode()),),
        ),
    }


def _people() -> bytes:
    rows = [f"kitchen,{frame},{x1},0,{x2},1,0.5\n" for frame, x1, x2 in _SPANS]
    return "".join(rows).encode()


def limit_of_matlab(seconds: float) -> None:
    """Give MATLAB files less time, so that a case ends in its own."""
    mat_files._shared_reader.cache_clear()
    mat_files.MatReader.__init__.__defaults__ = (seconds, 1 << 30)


def _coco() -> bytes:
    annotations = [
        {
            "id": i,
            "image_id": frame,
            "category_id": k,
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "track_id": person,
            "iscrowd": 0,
        }
        for i, (frame, (x1, y1, x2, y2), k, person) in enumerate(ROWS)
    ]
    images = [
        {"id": f, "file_name": f"kitchen/{f:05d}.jpg", "width": 96, "height": 64}
        for f in range(1, 11)
    ]
    categories = [{"id": i, "name": name} for i, name in enumerate(LABELS)]
    data = {"categories": categories, "images": images, "annotations": annotations}
    return json.dumps(data).encode()


def _via() -> bytes:
    metadata = {
        str(i): {
            "vid": "1",
            "z": [(frame - 1) / 25],
            "xy": [2, x1, y1, x2 - x1, y2 - y1],
            "av": {"1": LABELS[k]},
        }
        for i, (frame, (x1, y1, x2, y2), k, _) in enumerate(ROWS)
    }
    data = {
        "attribute": {"1": {"aname": "action", "type": 1, "options": {}}},
        "file": {"1": {"fid": "1", "fname": "kitchen.mp4", "type": 4}},
        "view": {"1": {"fid_list": ["1"]}},
        "metadata": metadata,
    }
    return json.dumps(data).encode()


def _labelme() -> bytes:
    shapes = [
        {
            "label": LABELS[k],
            "points": [box[:2], box[2:]],
            "group_id": i,
            "shape_type": "rectangle",
        }
        for i, (_, box, k, _) in enumerate(ROWS)
    ]
    data = {"shapes": shapes, "imageWidth": 96, "imageHeight": 64}
    return json.dumps(data).encode()


def _voc() -> bytes:
    objects = "".join(
        f"<object><name>{LABELS[k]}</name><trackid>{i}</trackid><bndbox>"
        + "".join(
            f"<{key}>{value}</{key}>"
            for key, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
        )
        + "</bndbox></object>"
        for i, (_, box, k, _) in enumerate(ROWS)
    )
    size = "<size><width>96</width><height>64</height><depth>3</depth></size>"
    name = "<filename>00003.jpg</filename>"
    return f"<annotation>{name}{size}{objects}</annotation>".encode()


def _ava() -> bytes:
    lines = [
        f"kitchen,{(frame - 1) / 25},{_corners(box)},{k + 1},{person}"
        for frame, box, k, person in ROWS
    ]
    return "\n".join(lines).encode()


def _corners(box: tuple[float, ...]) -> str:
    return ",".join(f"{x:.6f}" for x in np.array(box) / SIZE)


_META = (
    "<annotations><meta><task><id>1</id><size>10</size><labels><label><name>person"
    "</name></label></labels><original_size><width>96</width><height>64</height>"
    "</original_size><source>kitchen.mp4</source></task></meta>"
)


def _cvat_box(row: tuple, place: str = "") -> str:
    corners = zip(("xtl", "ytl", "xbr", "ybr"), row[1], strict=True)
    text = " ".join(f'{key}="{value}"' for key, value in corners)
    return (
        f'<box {place} label="person" occluded="0" {text}>'
        f'<attribute name="action">{LABELS[row[2]]}</attribute></box>'
    )


def _cvat_video() -> bytes:
    body = ""
    for track in range(4):
        own = {row[0] - 1: row for i, row in enumerate(ROWS) if i % 4 == track}
        boxes = "".join(
            _cvat_box(own[f], f'frame="{f}" outside="0" keyframe="1"')
            for f in sorted(own)
        )
        body += f'<track id="{track}" label="person">{boxes}</track>'
    return f"{_META}{body}</annotations>".encode()


def _cvat_images() -> bytes:
    images = "".join(
        f'<image name="frame_{f:06d}" width="96" height="64">'
        + "".join(_cvat_box(row) for row in ROWS if row[0] == f + 1)
        + "</image>"
        for f in range(10)
    )
    return f"{_META}{images}</annotations>".encode()


def _mat(data: dict) -> bytes:
    file = io.BytesIO()
    savemat(file, data)
    return file.getvalue()


def _ucf24() -> bytes:
    kind = [(name, object) for name in ("ef", "sf", "class", "boxes")]
    tubes = np.zeros((1, len(ROWS)), kind)
    for i, (frame, (x1, y1, x2, y2), k, _) in enumerate(ROWS):
        tubes[0, i] = frame, frame, k + 1, np.array([[x1, y1, x2 - x1, y2 - y1]])
    annot = np.zeros((1, 1), [(name, object) for name in ("num_imgs", "name", "tubes")])
    annot[0, 0] = 10, "any/kitchen", tubes
    return _mat({"annot": annot})


def _joints() -> bytes:
    return _mat({"pos_img": np.arange(2 * 15 * 10.0).reshape(2, 15, 10)})


def _tubes() -> bytes:
    tubes = {}
    for k in (0, 1):
        own = sorted({row[0]: row[1] for row in ROWS if row[2] == k}.items())
        tubes[k] = [np.array([(f, *box) for f, box in own], np.float32)]
    data = {
        "labels": list(LABELS),
        "gttubes": {"kitchen": tubes},
        "nframes": {"kitchen": 10},
        "train_videos": [["kitchen"]],
        "test_videos": [[]],
        "resolution": {"kitchen": (64, 96)},
    }
    return pickle.dumps(data, 2)


def _own_json() -> dict:
    video = {
        **{"file": "kitchen.mp4", "fps": 25.0, "width": 96, "height": 64},
        **{"num_frames": 10, "source": "k", "labelled": [[1, 10]]},
        "split": {"train": [1, 5], "test": [6, 10]},
    }
    return {
        "format": "stal_plugin annotation v1",
        **{"synthetic": False, "note": "x", "classes": list(LABELS)},
        **{"mirrored_classes": [], "reversed_classes": [["wipe", "roll"]]},
        "videos": {"kitchen": video},
    }


def _own_csv() -> bytes:
    lines = [
        f"kitchen,{frame},{_corners(box)},{k + 1},{i}"
        for i, (frame, box, k, _) in enumerate(ROWS)
    ]
    head = "video_id,frame,x1,y1,x2,y2,action_id,person_id"
    return "\n".join([head, *lines, ""]).encode()


def _predictions() -> bytes:
    lines = [
        f"kitchen,{frame},{_corners(box)},{k + 1},0.{i:02d},0.5"
        for i, (frame, box, k, _) in enumerate(ROWS)
    ]
    return "\n".join(lines).encode()


def _keypoints(root: Path) -> bytes:
    count = len(ROWS)
    keypoints = Keypoints(
        names=("right_hand", "left_hand"),
        video_ids=np.array(["kitchen"] * count, object),
        frames=np.array([row[0] for row in ROWS]),
        person_ids=np.arange(count),
        points=np.full((count, 2, 2), 0.5, np.float32),
        visible=np.ones((count, 2), bool),
    )
    write_keypoints(root / "keypoints.npz", keypoints)
    return (root / "keypoints.npz").read_bytes()
