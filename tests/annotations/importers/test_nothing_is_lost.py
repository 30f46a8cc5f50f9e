"""Whatever a file holds: what is not imported is named, with its number.

Each format gets files of random entries, good and bad ones. Either the importer stops
with an explanation, or the rows it gives and those it names add up to the entries.
"""

import json
import pickle
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.importers import import_files
from stal_plugin.annotations.importers.video_library import VideoLibrary

_CHECKED = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
_LABELS = ("wipe", "roll", "none", "")
# Notes on entries that are there all the same.
_KEPT = re.compile(
    "kept|clipped|are labelled|frames of CVAT|by their extent|as seconds"
)


class Entry(NamedTuple):
    """A box of a tool, or something else that it exports."""

    frame: int  # from 1; the video has 10
    box: tuple[float, float, float, float]
    label: str
    track: int
    odd: bool  # another shape, a crowd, an occluded box


_good = st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(1, 20)] * 2)
_corners = _good.map(lambda n: (n[0], n[1], n[0] + n[2], n[1] + n[3]))
_bad = st.sampled_from([(-1, 0, 9, 9), (0, 0, 200, 9), (5, 5, 5, 9), (9, 9, 2, 2)])
_box = st.integers(0, 19).flatmap(lambda n: _bad if n == 0 else _corners)
_frame = st.integers(0, 29).flatmap(
    lambda n: st.integers(-1, 12) if n == 0 else st.integers(1, 10)
)
_entries = st.lists(
    st.builds(
        Entry,
        frame=_frame,
        box=_box.map(lambda box: tuple(map(float, box))),
        label=st.sampled_from(_LABELS),
        track=st.integers(0, 2),
        odd=st.integers(0, 4).map(lambda n: n == 0),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, make_video: Callable
) -> VideoLibrary:
    root = tmp_path_factory.mktemp("lost")
    make_video(root / "in/kitchen.mp4", count=10)  # 96x64
    return VideoLibrary(root / "in", root / "out")


def _account(
    form: str,
    source: Path,
    library: VideoLibrary,
    count: int,
    **options: object,
) -> None:
    made = ImportOptions(**options)  # type: ignore[arg-type]
    try:
        annotation, notes = import_files(form, [source], library, made)
    except (ValueError, FileNotFoundError) as error:
        text = str(error)
    else:
        text = ""
    event("explained" if text else "imported")
    if text:
        assert len(text) > 20
        return
    told = [note for note in notes if not _KEPT.search(note)]
    lost = sum(int(n[1]) for n in (re.match(r"(\d+) ", note) for note in told) if n)
    assert len(annotation) + lost == count, notes
    # and every frame with a box counts as labelled
    known = next(iter(annotation.videos.values())).labelled_frames()
    assert np.isin(annotation.rows.frames, known).all()


_RULE = ActionRule(ignore=("none",))


@_CHECKED
@given(entries=_entries)
def test_coco(entries: list[Entry], library: VideoLibrary, tmp_path: Path) -> None:
    names = {name: i for i, name in enumerate(_LABELS)}
    data = {
        "categories": [{"id": i, "name": name} for name, i in names.items()],
        "images": [
            {"id": f, "file_name": f"kitchen/{f:05d}.jpg", "width": 96, "height": 64}
            for f in {abs(e.frame) for e in entries}
        ],
        "annotations": [
            {
                "image_id": abs(e.frame),
                "category_id": names[e.label],
                "bbox": [*e.box[:2], e.box[2] - e.box[0], e.box[3] - e.box[1]],
                "track_id": e.track,
                "iscrowd": int(e.odd),
            }
            for e in entries
        ],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    _account("coco", path, library, len(entries), rule=_RULE, frame_base=1)


@_CHECKED
@given(entries=_entries)
def test_via(entries: list[Entry], library: VideoLibrary, tmp_path: Path) -> None:
    items = {
        str(i): {
            "vid": "1",
            "z": [(e.frame - 1) / 25],
            "xy": [1, *e.box[:2]]
            if e.odd
            else [2, *e.box[:2], e.box[2] - e.box[0], e.box[3] - e.box[1]],
            "av": {"1": e.label},
        }
        for i, e in enumerate(entries)
    }
    data = {
        "attribute": {"1": {"aname": "action", "type": 1, "options": {}}},
        "file": {"1": {"fid": "1", "fname": "kitchen.mp4", "type": 4}},
        "view": {"1": {"fid_list": ["1"]}},
        "metadata": items,
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    _account("via", path, library, len(entries), rule=_RULE)


@_CHECKED
@given(entries=_entries)
def test_labelme(entries: list[Entry], library: VideoLibrary, tmp_path: Path) -> None:
    folder = tmp_path / "in/kitchen"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for frame in {e.frame for e in entries}:
        shapes = [
            {
                "label": e.label,
                "points": [e.box[:2], e.box[2:]],
                "group_id": e.track,
                "shape_type": "polygon" if e.odd else "rectangle",
            }
            for e in entries
            if e.frame == frame
        ]
        data = {"shapes": shapes, "imageWidth": 96, "imageHeight": 64}
        (folder / f"{frame:05d}.json").write_text(json.dumps(data))
    _account(
        "labelme", tmp_path / "in", library, len(entries), rule=_RULE, frame_base=1
    )


@_CHECKED
@given(entries=_entries)
def test_voc(entries: list[Entry], library: VideoLibrary, tmp_path: Path) -> None:
    folder = tmp_path / "in/kitchen"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    names = ("xmin", "ymin", "xmax", "ymax")
    for frame in {e.frame for e in entries}:
        objects = "".join(
            f"<object><name>{e.label}</name><trackid>{e.track}</trackid>"
            + "<bndbox>" * (not e.odd)
            + "".join(f"<{k}>{v}</{k}>" for k, v in zip(names, e.box, strict=True))
            + "</bndbox>" * (not e.odd)
            + "</object>"
            for e in entries
            if e.frame == frame
        )
        text = f"<annotation>{objects}</annotation>"
        (folder / f"{frame:05d}.xml").write_text(text)
    _account("voc", tmp_path / "in", library, len(entries), rule=_RULE, frame_base=1)


@_CHECKED
@given(entries=_entries, seconds=st.booleans())
def test_ava(
    entries: list[Entry], seconds: bool, library: VideoLibrary, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("wipe\nroll\nnone\n")
    entries = [e for e in entries if e.label]
    lines = [
        f"kitchen,{(e.frame - 1) / 25 if seconds else e.frame},"
        + ",".join(f"{x / s:.6f}" for x, s in zip(e.box, (96, 64) * 2, strict=True))
        + f",{_LABELS.index(e.label) + 1},{e.track}"
        for e in entries
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([*lines, "kitchen,0.04,,,,,"] if seconds else lines))
    unit = "seconds" if seconds else "frames"
    options = {"labels": labels, "unit": unit, "rule": _RULE}
    options["frame_base"] = None if seconds else 1
    _account("ava", path, library, len(entries), **options)


def _cvat_meta() -> str:
    return (
        "<meta><task><id>1</id><size>10</size><original_size><width>96</width><height>"
        "64</height></original_size><source>kitchen.mp4</source></task></meta>"
    )


def _cvat_box(entry: Entry, frame: str = "") -> str:
    corners = zip(("xtl", "ytl", "xbr", "ybr"), entry.box, strict=True)
    text = " ".join(f'{key}="{value}"' for key, value in corners)
    return (
        f'<box {frame} label="person" occluded="{int(entry.odd)}" {text}>'
        f'<attribute name="action">{entry.label}</attribute></box>'
    )


@_CHECKED
@given(entries=_entries, drop=st.booleans())
def test_cvat_images(
    entries: list[Entry], drop: bool, library: VideoLibrary, tmp_path: Path
) -> None:
    images = "".join(
        f'<image name="frame_{frame - 1:06d}" width="96" height="64">'
        + "".join(_cvat_box(e) for e in entries if e.frame == frame)
        + "</image>"
        for frame in sorted({e.frame for e in entries})
    )
    path = tmp_path / "a.xml"
    path.write_text(f"<annotations>{_cvat_meta()}{images}</annotations>")
    rule = ActionRule(("action",), ("none",))
    _account("cvat", path, library, len(entries), rule=rule, drop_occluded=drop)


@_CHECKED
@given(entries=_entries, drop=st.booleans(), ends=st.lists(st.booleans(), min_size=3))
def test_cvat_tracks(
    entries: list[Entry],
    drop: bool,
    ends: Sequence[bool],
    library: VideoLibrary,
    tmp_path: Path,
) -> None:
    """Entries are boxes of three tracks; a track may be outside from its last on."""
    body, count = "", 0
    for track in range(3):
        own = {e.frame - 1: e for e in entries if e.track == track}
        frames = sorted(own)
        boxes, visible = "", 0
        for i, frame in enumerate(frames):
            outside = int(ends[track] and i == len(frames) - 1)
            place = f'frame="{frame}" outside="{outside}"'
            boxes += _cvat_box(own[frame], place)
            end = frames[i + 1] if i + 1 < len(frames) else 10
            x1, y1, x2, y2 = own[frame].box
            span = max(min(end, 10) - frame, 0)
            if not outside and (x1 >= x2 or y1 >= y2):
                count += 1  # is named as a box, not by the frames that it stands for
            elif not outside:
                visible += span
        count += visible + (not visible)  # is named as a track
        body += f'<track id="{track}" label="person">{boxes}</track>'
    path = tmp_path / "a.xml"
    path.write_text(f"<annotations>{_cvat_meta()}{body}</annotations>")
    rule = ActionRule(("action",), ("none",))
    _account("cvat", path, library, count, rule=rule, drop_occluded=drop)


@_CHECKED
@given(entries=_entries, as_mat=st.booleans())
def test_ucf24(
    entries: list[Entry], as_mat: bool, library: VideoLibrary, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("wipe\nroll\nnone\n")
    entries = [e for e in entries if e.label]
    folder = tmp_path / "labels/any/kitchen"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for e in entries:
        with (folder / f"{e.frame:05d}.txt").open("a") as file:
            number = _LABELS.index(e.label) + 1
            file.write(" ".join(map(str, [number, *e.box])) + "\n")
    if as_mat and entries:
        kind = [(n, object) for n in ("ef", "sf", "class", "boxes")]
        tubes = np.zeros((1, len(entries)), kind)
        for i, e in enumerate(entries):
            x1, y1, x2, y2 = e.box
            box = np.array([[x1, y1, x2 - x1, y2 - y1]])
            tubes[0, i] = (e.frame, e.frame, _LABELS.index(e.label) + 1, box)
        annot = np.zeros((1, 1), [(n, object) for n in ("num_imgs", "name", "tubes")])
        annot[0, 0] = (10, "any/kitchen", tubes)
        savemat(str(tmp_path / "a.mat"), {"annot": annot})
    source = tmp_path / ("a.mat" if as_mat and entries else "labels")
    options = {"labels": labels, "size": (96, 64), "rule": _RULE}
    _account("ucf24", source, library, len(entries), **options)


@_CHECKED
@given(entries=_entries)
def test_tubes(entries: list[Entry], library: VideoLibrary, tmp_path: Path) -> None:
    """A tube per track and label; the same frame twice is a fault."""
    entries = [e for e in entries if e.label]
    tubes: dict[int, list[np.ndarray]] = {}
    for label in (0, 1, 2):
        for track in range(3):
            own = [
                e
                for e in entries
                if (_LABELS.index(e.label), e.track) == (label, track)
            ]
            rows = [(e.frame, *e.box) for e in sorted(own, key=lambda e: e.frame)]
            if rows:
                tubes.setdefault(label, []).append(np.array(rows, np.float32))
    data = {
        "labels": ["wipe", "roll", "none"],
        "gttubes": {"kitchen": tubes},
        "nframes": {"kitchen": 10},
        "train_videos": [["kitchen"]],
        "test_videos": [[]],
        "resolution": {"kitchen": (64, 96)},
    }
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(data, 2))
    _account("tubes", path, library, len(entries))
