from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.annotations.importers.union import union_of_boxes
from stal_plugin.annotations.importers.video_library import VideoLibrary


@pytest.fixture
def library(tmp_path: Path, make_video: Callable[..., Path]) -> VideoLibrary:
    for name in ("a", "b"):
        make_video(tmp_path / f"in/{name}.mp4", count=10)
    return VideoLibrary(tmp_path / "in", tmp_path / "out")


def _boxes(*rows: tuple[str, int, float, str, str], **facts: object) -> ToolBoxes:
    """Rows of video, frame, left edge, action and track; boxes 40 pixels wide."""
    made = [
        ToolRow(v, f, (x, 0.0, x + 40, 60.0), action, track, f"line {i}")
        for i, (v, f, x, action, track) in enumerate(rows)
    ]
    listed: dict[str, list[float]] = {}
    for row in made:
        listed.setdefault(row.video, []).append(row.frame)
    return boxes_of_rows(made, {}, base=0, listed=listed, **facts)


def _union(
    library: VideoLibrary, *parts: ToolBoxes, track: str = ""
) -> tuple[ToolBoxes, list[str]]:
    sources: Sequence[Path] = [Path(f"{i}.xml") for i in range(1, len(parts) + 1)]
    options = ImportOptions(ActionRule(track=track))
    return union_of_boxes(sources, parts, library, options)


def test_classes_by_name_and_videos_by_file(library: VideoLibrary) -> None:
    first = _boxes(("a.mp4", 1, 0, "sit", "0"))
    second = _boxes(("b", 1, 0, "wave", "0"), ("a", 7, 0, "sit", "3"))
    boxes, notes = _union(library, first, second)
    assert boxes.classes == ["sit", "wave"]
    assert boxes.rows.video_ids.tolist() == ["a.mp4", "b", "a.mp4"]
    assert boxes.track_names.tolist() == ["0", "0", "3"]
    assert boxes.listed == {"a.mp4": [1, 7], "b": [1]}
    assert boxes.rows.origins.tolist()[1] == "2.xml, line 0"
    assert notes == ["1.xml: 1 video, 1 box", "2.xml: 2 videos, 2 boxes"]
    assert _union(library, first) == (first, [])


def test_jobs_that_overlap_keep_one_box_of_each_person(library: VideoLibrary) -> None:
    first = _boxes(*[("a", f, 0, "sit", "0") for f in (1, 2)], ("a", 2, 50, "sit", "1"))
    second = _boxes(
        *[("a", f, 2, "sit", "4") for f in (2, 3)],  # person 0, drawn again
        ("a", 2, 0, "wave", "5"),  # the same place, another action
        ("a", 3, 50, "sit", "1"),  # another person: job 2 numbers anew
    )
    boxes, notes = _union(library, first, second)
    rows = list(zip(boxes.rows.frames, boxes.actions, boxes.track_names, strict=True))
    assert rows == [
        *[(1, "sit", "0"), (2, "sit", "0"), (2, "sit", "1")],
        *[(3, "sit", "0"), (2, "wave", "5"), (3, "sit", "1#2")],
    ]
    assert "3 boxes; 1 more are boxes of earlier files (jobs that overlap)" in notes[1]


def test_an_attribute_that_names_persons_joins_them(library: VideoLibrary) -> None:
    parts = [_boxes(("a", f, 0, "sit", "Ann")) for f in (1, 5)]
    assert _union(library, *parts, track="who")[0].track_names.tolist() == ["Ann"] * 2
    assert _union(library, *parts)[0].track_names.tolist() == ["Ann", "Ann#2"]


def test_files_that_do_not_fit(library: VideoLibrary) -> None:
    first, second = _boxes(("a", 1, 0, "sit", "")), _boxes(("a", 1, 0, "sit", ""))
    second.seconds = True
    with pytest.raises(ValueError, match="the files differ in 'seconds'"):
        _union(library, first, second)
    second.seconds = False
    first.sizes["a"], second.sizes["a"] = (96, 64), (48, 32)
    with pytest.raises(ValueError, match=r"2\.xml: a has size \(48, 32\), in an earl"):
        _union(library, first, second)
