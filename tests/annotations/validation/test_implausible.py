import numpy as np
import pytest

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.validation.implausible import implausible_boxes
from stal_plugin.structures.box_table import BoxTable


def _annotation(*rows: tuple, size: tuple[int, int] = (100, 50)) -> Annotation:
    """Rows of frame, label, person and x1 y1 x2 y2; a video of 100x50 pixels."""
    frames, labels, persons, *corners = map(np.array, zip(*rows, strict=True))
    info = VideoInfo("v.mp4", 25.0, *size, 99, "v", "train")
    table = BoxTable(
        frames=frames,
        boxes=np.stack(corners, axis=1).astype(float),
        labels=labels,
        video_ids=np.full(len(rows), "v", dtype=object),
        person_ids=persons,
        origins=np.arange(2, len(rows) + 2),
    )
    return Annotation(["a", "b"], {"v": info}, rows=table)


BOX = (0.2, 0.2, 0.8, 0.8)


def _kinds(annotation: Annotation) -> list[tuple[str, int | str]]:
    problems = implausible_boxes(annotation, "a.csv")
    assert all(problem.warning for problem in problems)
    return [(problem.kind, problem.line) for problem in problems]


def test_a_person_with_two_boxes() -> None:
    rows = [
        *[(1, 0, 3, *BOX), (1, 1, 3, *BOX)],  # two actions
        *[(1, 0, -1, *BOX), (1, 0, -1, 0, 0, 1, 1)],  # unknown persons
        *[(2, 0, 3, *BOX), (2, 0, 3, 0, 0, 1, 1), (3, 0, 3, 0, 0, 1, 1)],
    ]
    assert _kinds(_annotation(*rows)) == [("person with two boxes on a frame", 7)]


def test_tiny_boxes() -> None:
    rows = [(1, 0, 0, *BOX), (2, 0, 0, 0.1, 0.1, 0.115, 0.9), (3, 0, 0, 0, 0, 0.02, 1)]
    assert _kinds(_annotation(*rows)) == [("tiny box", 3)]


@pytest.mark.parametrize(("count", "right"), [(10, 0.5), (9, 0.5), (10, 0.6)])
def test_all_boxes_in_one_corner(count: int, right: float) -> None:
    rows = [(f + 1, 0, 0, 0.1, 0.1, right, 0.4) for f in range(count)]
    expected = count == 10 and right == 0.5
    assert _kinds(_annotation(*rows)) == [("boxes in one corner", 0)] * expected


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        ((1280, 720), "1280x720"),
        ((640, 360), "640x360"),  # rather than: in one corner
        ((3840, 2160), "3840x2160"),
        ((1920, 1080), ""),
        ((1870, 1052), ""),  # a border that nobody crosses
        ((1000, 562), ""),  # no resolution that people label
    ],
)
def test_boxes_that_fit_another_resolution(drawn: tuple, told: str) -> None:
    """Drawn on another picture than 1920x1080: some are cut by its edges."""
    x, y = drawn[0] / 1920, drawn[1] / 1080
    rows = [(f, 0, 0, 0.1 * x, 0.1 * y, x * f / 12, y * f / 12) for f in range(3, 13)]
    found = implausible_boxes(_annotation(*rows, size=(1920, 1080)), "a.csv")
    assert [problem.kind for problem in found] == [
        "boxes that fit another resolution"
    ] * bool(told)
    if told:
        assert f"the 10 boxes of videos of 1920x1080 end at the edges of {told}" in str(
            found[0]
        )
        assert f"--size {told}" in found[0].fix
