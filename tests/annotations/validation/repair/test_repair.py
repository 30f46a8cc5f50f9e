from collections.abc import Callable
from dataclasses import replace

import numpy as np

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.annotation_files import read_rows
from stal_plugin.annotations.problems import Problem
from stal_plugin.annotations.row_problems import row_problems
from stal_plugin.annotations.validation.repair import repaired_rows, repaired_videos
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import VideoProbe


def _mended(path: object, header: Annotation) -> BoxTable:
    rows, _ = read_rows(path)  # type: ignore[arg-type]
    mended = repaired_rows(rows, header)
    left = row_problems(replace(header, rows=mended), "f.csv")
    assert all(not p.repair for p in left)
    return mended


def test_corners_clip_and_duplicates(
    write: Callable, good_lines: list, header: Annotation
) -> None:
    lines = [
        *good_lines,
        "a,9,0.5,0.8,0.1,0.2,1,0",
        "a,10,-0.01,0.2,0.5,1.01,1,0",
        "a,11,0.1,0.2,1.9,0.8,1,0",
        good_lines[0],
    ]
    rows = _mended(write(lines), header)
    assert rows.origins.tolist() == [*range(2, 11)]  # line 11 repeats line 2
    assert rows.boxes[6].tolist() == [0.1, 0.2, 0.5, 0.8]
    assert rows.boxes[7].tolist() == [0, 0.2, 0.5, 1]
    assert rows.boxes[8].tolist() == [0.1, 0.2, 1.9, 0.8]  # only a person can tell


def test_bases(write: Callable, header: Annotation) -> None:
    places = ((0, 0), (1, 0), (39, 1))
    lines = [f"a,{frame},0.1,0.2,0.5,0.8,{action},0" for frame, action in places]
    rows = _mended(write(lines), header)
    assert rows.frames.tolist() == [1, 2, 40]
    assert rows.labels.tolist() == [0, 0, 1]


def test_pixels(write: Callable, header: Annotation) -> None:
    rows = _mended(write(["a,1,24,16,48,64,1,0", "a,2,96,64,0,0,1,0"]), header)
    np.testing.assert_allclose(rows.boxes, [[0.25, 0.25, 0.5, 1], [0, 0, 1, 1]])


def test_good_rows_stay(write: Callable, good_lines: list, header: Annotation) -> None:
    rows, _ = read_rows(write(good_lines))
    mended = repaired_rows(rows, header)
    for name, column in rows.columns().items():
        np.testing.assert_array_equal(getattr(mended, name), column)


def test_facts_of_videos(header: Annotation) -> None:
    ranged = replace(header.videos["a"], split={"train": (1, 20), "test": (30, 40)})
    header = replace(header, videos={**header.videos, "a": ranged})
    problems = [Problem("x", "f", 0, "video 'a': fps", "", "video facts")]
    probes = {k: VideoProbe(39, 30.0, 90, 60) for k in header.videos}
    other = [Problem("x", "f", 0, 'video "b\'s": fps', "", "video facts")]
    videos = repaired_videos(header, other, probes)
    assert videos["a"] == header.videos["a"]
    assert videos["b's"].num_frames == 39
    videos = repaired_videos(header, problems, probes)
    assert videos["b's"] == header.videos["b's"]
    assert (videos["a"].num_frames, videos["a"].fps) == (39, 30.0)
    assert videos["a"].split == {"train": (1, 20), "test": (30, 39)}
