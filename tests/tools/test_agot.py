"""Runs the converter on footage of numbered frames, as a user would."""

import json
import runpy
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.statistics import class_counts
from stal_plugin.video import VideoReader, write_video

TOOL = Path(__file__).parents[2] / "tools" / "dataset_converters" / "agot.py"
LENGTH = 200


def _xml(tracks: Sequence[tuple[str, str, int, int]], labels: Sequence[str]) -> str:
    """Tracks (task, label, first frame, last frame) of 96x64 pixels, as CVAT writes."""
    body = ""
    for number, (task, label, first, last) in enumerate(tracks):
        boxes = "".join(
            f'<box frame="{frame}" keyframe="{int(frame == first)}" '
            f'outside="{int(frame > last)}" occluded="0" xtl="{9 + number}" '
            f'ytl="16.00" xbr="48.00" ybr="32.00" z_order="0"></box>'
            for frame in range(first, last + 2)
        )
        body += f'<track id="{number}" label="{label}" task_id="{task}">{boxes}</track>'
    tasks = "".join(
        f"<task><id>{i}</id><name>c{i}</name><size>{LENGTH}</size><original_size>"
        f"<width>96</width><height>64</height></original_size><source>c{i}.mp4</source>"
        "</task>"
        for i in range(2)
    )
    names = "".join(f"<label><name>{label}</name></label>" for label in labels)
    return (
        "<annotations><version>1.1</version><meta><project><tasks>"
        f"{tasks}</tasks><labels>{names}</labels></project></meta>{body}</annotations>"
    )


def _level(number: int, source: int) -> int:
    """Gray level of a frame; neighbours are far apart."""
    return 20 + (37 * number + 100 * source) % 200


def _gray(value: int) -> np.ndarray:
    return np.full((64, 96, 3), value, np.uint8)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Six clips of each of two classes, three people at once, and a rare class."""
    folder = tmp_path / "raw"
    for i in range(2):
        frames = (_gray(_level(n, i)) for n in range(LENGTH))
        write_video(folder / f"c{i}.mp4", frames, 25)
    tracks = []
    for task in ("0", "1"):
        for k in range(3):
            tracks.append((task, "put", 60 * k + 10, 60 * k + 25))
            tracks.append((task, "take", 60 * k + 20, 60 * k + 29))
    tracks += [("0", "rare", 22, 33), ("1", "put", 5, 9)]
    (folder / "annotations.xml").write_text(_xml(tracks, ["rare", "take", "put", "no"]))
    standin = {
        "synthetic": True,
        "note": "made up",
        "mirrored_classes": [["put", "take"]],
        "reversed_classes": [["take", "put"], ["put", "rare"]],
    }
    (folder / "standin.json").write_text(json.dumps(standin))
    return folder


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    exit_status: Callable,
) -> Callable[..., SimpleNamespace]:
    main = runpy.run_path(str(TOOL))["main"]

    def call(*arguments: object) -> SimpleNamespace:
        monkeypatch.setattr("sys.argv", ["agot.py", *map(str, arguments)])
        code = exit_status(main)
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=" ".join(out.split()), err=err)

    return call


def test_conversion(run: Callable, raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(raw, "--out", out, "--min-clips", 6, "--size", "48x32")
    assert done.code == 0
    assert "4 labels, 2 kept" in done.out
    assert "rare (1); without a clip: 1" in done.out
    assert "4 frames show dropped classes only" in done.out  # 30..33
    annotation = read_annotation(out / "annotations.csv")
    assert annotation.classes == ["put", "take"]  # 7 clips and 6
    assert annotation.mirrored_classes == [("put", "take")]
    assert annotation.reversed_classes == [("take", "put")]  # rare is dropped
    assert annotation.synthetic
    assert annotation.note == "made up"
    assert len(annotation) == 6 * (16 + 10) + 5
    assert sum(v.num_frames for v in annotation.videos.values()) == 2 * LENGTH
    train = class_counts(annotation, "train", "clips")
    assert train.tolist() == [5, 4]
    assert class_counts(annotation, "test", "clips").tolist() == [2, 2]
    # Both people of frame 20 of c0 are there, with their boxes.
    rows = annotation.video_slices()["c0_0001"]
    both = annotation.rows.frames[rows] == 21
    np.testing.assert_allclose(
        annotation.rows.boxes[rows][both],
        [[9 / 96, 0.25, 0.5, 0.5], [10 / 96, 0.25, 0.5, 0.5]],
        atol=1e-6,
    )
    assert annotation.rows.labels[rows][both].tolist() == [0, 1]
    # Boxes and footage are in step: the gray level tells the number of a frame.
    position = dict.fromkeys(("c0", "c1"), 0)
    for video_id, info in annotation.videos.items():
        reader = VideoReader(out / info.file)
        assert reader.num_frames == info.num_frames
        start = position[info.source]
        for number in (0, 1, info.num_frames - 1):
            (image,) = reader.read([number])
            level = _level(start + number, int(info.source[1]))
            assert image.shape == (32, 48, 3), video_id
            assert image.mean() == pytest.approx(level, abs=6), video_id
        position[info.source] += info.num_frames
    table = (out / "table1.csv").read_text().splitlines()
    assert table[1:] == ["1,put,7,101,5,69,2,32", "2,take,6,60,4,40,2,20"]
    assert (out / "figure2.png").stat().st_size > 5000


def test_second_run_skips_and_other_settings_cut_again(
    run: Callable, raw: Path, tmp_path: Path
) -> None:
    arguments = (raw, "--out", tmp_path / "out", "--min-clips", 6, "--size", "48x32")
    run(*arguments)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out" / "videos").iterdir()}
    csv = (tmp_path / "out" / "annotations.csv").read_bytes()
    (tmp_path / "out" / "videos" / "c0_0002.mp4").unlink()
    done = run(*arguments)
    assert (done.code, done.err) == (
        1,
        f"Error: {tmp_path / 'out' / 'annotations.csv'} is there already: choose "
        "another name, or replace it with --overwrite\n",
    )
    assert not (tmp_path / "out" / "videos" / "c0_0002.mp4").exists()
    done = run(*arguments, "--overwrite")
    assert f"{len(before) - 1} of {len(before)} videos are there already" in done.out
    after = {p: p.stat().st_mtime_ns for p in (tmp_path / "out" / "videos").iterdir()}
    assert [p.name for p in before if before[p] != after[p]] == ["c0_0002.mp4"]
    assert set(before) == set(after)
    assert (tmp_path / "out" / "annotations.csv").read_bytes() == csv
    done = run(*arguments[:-1], "96x64", "--max-gap", 100, "--overwrite")
    assert "are there already" not in done.out
    assert "videos in" in done.out
    assert "are not part of it" in done.out


def test_interrupted_run_leaves_the_older_set_as_it_was(
    run: Callable, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run(raw, "--out", out, "--min-clips", 6, "--size", "48x32")
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    original = VideoReader.iterate

    def stop(self: VideoReader, start: int, end: int) -> Iterator[np.ndarray]:
        yield from original(self, start, end)
        if start > 50:
            raise KeyboardInterrupt

    monkeypatch.setattr(VideoReader, "iterate", stop)
    other = (raw, "--out", out, "--min-clips", 6, "--size", "96x64", "--overwrite")
    done = run(*other)
    assert (done.code, done.err[:13]) == (130, "\nInterrupted.")
    assert {p: p.read_bytes() for p in before} == before
    count = len([*(out / "videos.next").iterdir()])
    assert count
    assert not list(out.rglob("*.part"))
    monkeypatch.setattr(VideoReader, "iterate", original)
    done = run(*other)
    assert done.code == 0
    assert f"{count} of {len(before) - 4} videos are there already" in done.out
    videos = read_annotation(out / "annotations.csv").videos.values()
    assert {info.width for info in videos} == {96}
    assert not (out / "videos.next").exists()


def test_killed_while_the_videos_are_replaced(
    run: Callable, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    arguments = (raw, "--out", out, "--min-clips", 6, "--size")
    run(*arguments, "48x32")
    count = len([*(out / "videos").iterdir()])
    original = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self.parts[-2:] == ("videos.next", "c0_0002.mp4"):
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    assert run(*arguments, "96x64", "--overwrite").code == 130
    monkeypatch.setattr(Path, "replace", original)
    assert not (out / "annotations.csv").exists()
    done = run(*arguments, "96x64")
    assert done.code == 0
    assert "this data set anew was stopped after it had replaced videos" in done.out
    assert f"{count} of {count} videos are there already" in done.out
    assert read_annotation(out / "annotations.csv")


def test_the_annotation_is_the_last_file(
    run: Callable, raw: Path, tmp_path: Path
) -> None:
    """So that make, which looks for it, makes again what is not complete."""
    run(raw, "--out", tmp_path, "--min-clips", 6)
    names = ("annotations.csv", "table1.csv", "figure2.png")
    last, *before = ((tmp_path / name).stat().st_mtime_ns for name in names)
    assert last >= max(before)


def test_by_source(run: Callable, raw: Path, tmp_path: Path) -> None:
    run(raw, "--out", tmp_path, "--min-clips", 6, "--split-by", "source")
    annotation = read_annotation(tmp_path / "annotations.csv")
    parts = {(v.source, v.split) for v in annotation.videos.values()}
    assert parts in (
        {("c0", "train"), ("c1", "test")},
        {("c0", "test"), ("c1", "train")},
    )


def test_mirrored_classes_from_the_command_line(
    run: Callable, raw: Path, tmp_path: Path
) -> None:
    out = ("--out", tmp_path, "--min-clips", 6, "--overwrite")
    done = run(raw, *out, "--mirrored-classes", '[["put", "rare"]]')
    assert "('put', 'rare') one is dropped: do not train with flips" in done.out
    assert read_annotation(tmp_path / "annotations.csv").mirrored_classes == []
    done = run(raw, *out, "--mirrored-classes", '[["put", "fly"]]')
    assert (done.code, done.err) == (
        1,
        "Error: --mirrored-classes: ['fly'] are no labels of the XML\n",
    )


def test_faults_are_one_line(run: Callable, raw: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    done = run(raw, *out, "--min-clips", 100)
    assert done.err.startswith("Error: no label has 100 clips ('put' has 7)")
    done = run(raw, *out, "--min-clips", 1)
    assert "'rare' (1 clips)" in done.err
    assert "--split-by source" in done.err
    done = run(raw, *out, "--min-clips", 6, "--size", "huge")
    assert "size 'huge' is none of" in done.err
    done = run(*out)
    assert "give RAW_DIR, or both --xml and --videos" in done.err
    (raw / "more.xml").write_text("")
    assert "has 2 XML files" in run(raw, *out).err
    done = run("--xml", raw / "annotations.xml", "--videos", tmp_path, *out)
    assert "no video of CVAT task 'c0'" in done.err
    assert not (tmp_path / "out" / "annotations.csv").exists()


def test_videos_play_from_the_start_of_any_gop(
    run: Callable, raw: Path, tmp_path: Path
) -> None:
    run(raw, "--out", tmp_path, "--min-clips", 6, "--gop", 5)
    with av.open(str(tmp_path / "videos" / "c0_0001.mp4")) as container:
        keys = [p.is_keyframe for p in container.demux(video=0) if p.size]
    assert max(np.diff(np.flatnonzero(keys))) <= 5
