import functools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import (
    Annotation,
    VideoInfo,
    read_annotation,
    write_annotation,
)
from stal_plugin.annotations.keypoints import (
    Keypoints,
    read_keypoints,
    write_keypoints,
)
from stal_plugin.annotations.splits.split_annotation import split_annotation
from stal_plugin.annotations.splits.split_part import annotation_of_part, split_part
from stal_plugin.annotations.statistics import class_counts
from stal_plugin.structures.box_table import BoxTable

CLASSES = ["wipe", "roll", "never in training"]
by_video = functools.partial(split_annotation, by="video", ratio=0.75)


def _rows(*stretches: tuple[str, int, int, int]) -> BoxTable:
    """Boxes of video, label, first and last frame."""
    rows = [
        (v, f, k) for v, k, first, last in stretches for f in range(first, last + 1)
    ]
    ids, frames, labels = zip(*rows, strict=True)
    return BoxTable(
        frames=np.array(frames),
        boxes=np.tile([0.1, 0.1, 0.5, 0.5], (len(rows), 1)),
        labels=np.array(labels),
        video_ids=np.array(ids, dtype=object),
        person_ids=np.arange(len(rows)) % 3,
    )


def _info(name: str, split: object = "train", **changes: object) -> VideoInfo:
    info = VideoInfo(f"videos/{name}.mp4", 25.0, 64, 48, 40, name, split)  # type: ignore[arg-type]
    return replace(info, **changes)  # type: ignore[arg-type]


def _annotation() -> Annotation:
    """Eight training videos, two classes in turn; two test videos."""
    train = [(f"t{i}", i % 2, 1, 10) for i in range(8)]
    test = [("x0", 2, 1, 10), ("x1", 0, 1, 10)]
    videos = {v: _info(v) for v, *_ in train}
    videos |= {v: _info(v, "test") for v, *_ in test}
    rows = _rows(*train, *test)
    return Annotation(CLASSES, videos, synthetic=True, note="Drawn.", rows=rows)


def _films(folder: Path, annotation: Annotation) -> None:
    write_annotation(annotation, folder / "annotations.csv")
    for video, info in annotation.videos.items():
        path = folder / info.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"film {video}".encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _films(tmp_path / "mine", _annotation())
    return tmp_path / "mine"


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_part_is_divided_anew(folder: Path, tmp_path: Path) -> None:
    before, out = _contents(folder), tmp_path / "val"
    written = split_part(folder, "train", out, by_video)
    assert (written.linked, written.copied) == (8, 0)
    annotation = read_annotation(out / "annotations.csv")
    assert list(annotation.videos) == [f"t{i}" for i in range(8)]
    parts = [info.split for info in annotation.videos.values()]
    assert (parts.count("train"), parts.count("test")) == (6, 2)
    assert class_counts(annotation, "train").tolist() == [30, 30, 0]
    assert class_counts(annotation, "test").tolist() == [10, 10, 0]
    assert annotation.classes == CLASSES
    assert annotation.synthetic
    assert annotation.note == "Drawn. Part 'train' of mine, divided anew."
    assert _contents(folder) == before
    for video, info in annotation.videos.items():
        assert info.file == f"videos/{video}.mp4"
        assert os.path.samefile(folder / info.file, out / info.file)
    names = {f"videos/t{i}.mp4" for i in range(8)}
    assert {*_contents(out)} == {*names, "annotations.csv", "annotations.json"}


def test_boxes_stay_as_they_are(folder: Path, tmp_path: Path) -> None:
    split_part(folder, "train", tmp_path / "val", by_video)
    lines = (folder / "annotations.csv").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("x")]
    assert (tmp_path / "val/annotations.csv").read_text().splitlines() == kept


def test_seeds(folder: Path, tmp_path: Path) -> None:
    def tested(name: str, seed: int) -> tuple[str, ...]:
        rule = functools.partial(by_video, seed=seed)
        videos = split_part(folder, "train", tmp_path / name, rule).annotation.videos
        return tuple(v for v, info in videos.items() if info.split == "test")

    assert tested("a", 3) == tested("b", 3)
    a, b = (_contents(tmp_path / name) for name in "ab")
    assert a == b
    assert len({tested(f"seed{seed}", seed) for seed in range(8)}) > 1


def test_of_a_video_in_two_parts_only_the_part_counts() -> None:
    """Frames of the other part are neither key frames nor empty ones."""
    videos = {
        "a": _info("a", {"train": (1, 20), "test": (31, 40)}),
        "b": _info("b", {"test": (1, 12), "train": (25, 40)}, labelled=((5, 30),)),
        "c": _info("c", "test"),
    }
    rows = _rows(("a", 0, 15, 35), ("b", 1, 10, 28), ("c", 0, 1, 3))
    part = annotation_of_part(Annotation(CLASSES, videos, rows=rows), "train")
    assert {v: info.labelled for v, info in part.videos.items()} == {
        "a": ((1, 20),),
        "b": ((25, 30),),
    }
    assert part.rows.frames.tolist() == [*range(15, 21), *range(25, 29)]
    assert part.videos["b"].key_frames("train").tolist() == [*range(25, 31)]


def test_in_time_the_new_test_part_ends_with_the_old_training(tmp_path: Path) -> None:
    videos = {"a": _info("a", {"train": (1, 20), "test": (31, 40)})}
    annotation = Annotation(CLASSES, videos, rows=_rows(("a", 0, 1, 40)))
    _films(tmp_path / "mine", annotation)
    rule = functools.partial(split_annotation, by="time", ratio=0.5, margin=4)
    split_part(tmp_path / "mine", "train", tmp_path / "val", rule)
    info = read_annotation(tmp_path / "val/annotations.csv").videos["a"]
    assert info.key_frames("train").tolist() == [*range(1, 9)]
    assert info.key_frames("test").tolist() == [*range(13, 21)]


def test_frame_folders_and_videos_elsewhere_come_by_their_ids(tmp_path: Path) -> None:
    annotation = _annotation()
    for i in range(4):
        annotation.videos[f"t{i}"] = _info("-", file=f"../raw/film{i}.AVI")
    for i in range(4, 8):
        annotation.videos[f"t{i}"] = _info("-", file=f"../raw/frames{i}")
    _films(tmp_path / "mine", annotation)
    for i in range(4, 8):
        path = tmp_path / f"raw/frames{i}"
        path.unlink()
        path.mkdir()
        for name in ("0001.jpg", "0002.jpg", "notes.txt"):
            (path / name).write_text(f"{i} {name}")
    written = split_part(tmp_path / "mine", "train", tmp_path / "val", by_video)
    assert written.linked == 4 + 2 * 4
    assert read_annotation(tmp_path / "val/annotations.csv").videos["t4"].file == (
        "videos/t4"
    )
    new = _contents(tmp_path / "val/videos")
    assert {*new} == {f"t{i}.AVI" for i in range(4)} | {
        f"t{i}/000{n}.jpg" for i in range(4, 8) for n in (1, 2)
    }
    assert new["t3.AVI"] == b"film t3"
    assert new["t5/0002.jpg"] == b"5 0002.jpg"


def test_joints_come_along(folder: Path, tmp_path: Path) -> None:
    rows = read_annotation(folder / "annotations.csv").rows
    points = np.arange(2 * len(rows), dtype=np.float32).reshape(-1, 1, 2)
    seen = np.ones((len(rows), 1), bool)
    ids, frames, persons = rows.video_ids, rows.frames, rows.person_ids
    joints = Keypoints(("head",), ids, frames, persons, points, seen)
    write_keypoints(folder / "keypoints.npz", joints)
    split_part(folder, "train", tmp_path / "val", by_video)
    new = read_keypoints(tmp_path / "val/keypoints.npz")
    own = read_annotation(tmp_path / "val/annotations.csv").rows
    assert new.video_ids.tolist() == own.video_ids.tolist()
    assert new.frames.tolist() == own.frames.tolist()
    assert new.points.tolist() == points[:80].tolist()
    write_keypoints(folder / "keypoints.npz", new)
    with pytest.raises(ValueError, match="has 80 rows, the annotation beside it 100"):
        split_part(folder, "train", tmp_path / "other", by_video)
    assert not (tmp_path / "other").exists()


def test_a_place_that_would_change_the_old_one(folder: Path, tmp_path: Path) -> None:
    before = _contents(tmp_path)
    for out, text in (
        (folder, "is .* or holds it"),
        (tmp_path, "or holds it"),
        (folder / "val", "lies in .*mine, which belongs to"),
        (folder / "videos/../videos/val", "lies in .*mine, which belongs to"),
    ):
        with pytest.raises(ValueError, match=text):
            split_part(folder, "train", out, by_video, overwrite=True)
    (tmp_path / "link").symlink_to(folder / "videos")
    with pytest.raises(ValueError, match="which belongs to"):
        split_part(folder, "train", tmp_path / "link", by_video, overwrite=True)
    (tmp_path / "link").unlink()
    (tmp_path / "half").mkdir()
    (tmp_path / "half/videos").symlink_to(folder / "videos")
    with pytest.raises(ValueError, match="which belongs to"):
        split_part(folder, "train", tmp_path / "half", by_video, overwrite=True)
    (tmp_path / "half/videos").unlink()
    assert _contents(tmp_path) == before


def test_beside_footage_that_was_left_in_its_place(tmp_path: Path) -> None:
    """Not within the footage; but where it lies around the data set, beside this."""
    annotation = _annotation()
    for video, info in annotation.videos.items():
        annotation.videos[video] = replace(info, file=f"../../{video}.mp4")
    _films(tmp_path / "data/mine", annotation)
    split_part(tmp_path / "data/mine", "train", tmp_path / "data/val", by_video)
    for video, info in annotation.videos.items():
        annotation.videos[video] = replace(info, file=f"../raw/{video}.mp4")
    _films(tmp_path / "data/other", annotation)
    with pytest.raises(ValueError, match=r"lies in .*raw, which belongs to"):
        split_part(tmp_path / "data/other", "train", tmp_path / "data/raw/v", by_video)


def test_what_is_there_stays_unless_told(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "val"
    out.mkdir()  # an empty folder is no data set
    split_part(folder, "train", out, by_video)
    before = _contents(out)
    with pytest.raises(ValueError, match=r"val is there already: .* --overwrite"):
        split_part(folder, "train", out, by_video)
    assert _contents(out) == before
    split_part(folder, "test", out, lambda part: part, overwrite=True)
    after = _contents(out)
    for name in ("annotations.csv", "annotations.json"):
        assert after[f"{name}.old"] == before[name]
    assert [*read_annotation(out / "annotations.csv").videos] == ["x0", "x1"]
    (out / "videos/t0.mp4").unlink()
    (out / "videos/t0.mp4").write_bytes(b"another")
    with pytest.raises(ValueError, match="is not a copy of"):
        split_part(folder, "train", out, by_video, overwrite=True)


def _no_class_left(annotation: Annotation) -> None:
    annotation.rows = _rows(("t0", 0, 1, 9), ("t1", 1, 1, 9), ("t2", 1, 1, 9))


def _missing(annotation: Annotation) -> None:
    annotation.videos["t3"] = _info("nowhere")


def _no_video(annotation: Annotation) -> None:
    annotation.videos["t3"] = _info("-", file="../secret.txt")


def _one_name(annotation: Annotation) -> None:
    annotation.videos |= {"T3": annotation.videos["t3"]}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (_no_class_left, r"'wipe' \(3 clips\)\. Use a finer split"),
        (_missing, "video 't3': there is no file .*nowhere.mp4"),
        (_no_video, "video 't3': .*secret.txt is no video"),
        (_one_name, "videos 't3' and 'T3' would both be videos/T3.mp4"),
    ],
)
def test_faults_are_named_and_nothing_is_written(
    tmp_path: Path, change: Callable, text: str
) -> None:
    annotation = _annotation()
    change(annotation)
    _films(tmp_path / "mine", annotation)
    (tmp_path / "mine/videos/nowhere.mp4").unlink(missing_ok=True)
    with pytest.raises((ValueError, FileNotFoundError), match=text):
        split_part(tmp_path / "mine", "train", tmp_path / "val", by_video)
    assert not (tmp_path / "val").exists()
    with pytest.raises(ValueError, match=r"csv has no part 'val'; it has test, train"):
        split_part(tmp_path / "mine", "val", tmp_path / "val", by_video)
