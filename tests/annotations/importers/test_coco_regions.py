"""Extents that are known by hand, and COCO's own code on random masks."""

from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from stal_plugin.annotations.importers.coco_regions import region_extent, run_lengths


def _drawn(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    x1, x2 = sorted(rng.integers(0, width + 1, 2))
    y1, y2 = sorted(rng.integers(0, height + 1, 2))
    mask = np.zeros((height, width), np.uint8)
    mask[y1:y2, x1:x2] = rng.random((y2 - y1, x2 - x1)) < 0.3
    return mask


def _plain_counts(mask: np.ndarray) -> list[int]:
    """Runs of 0 and 1 in turn, down the columns."""
    values = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(values)) + 1
    runs = np.diff([0, *edges, len(values)]).tolist()
    return [0, *runs] if values[0] else runs


def test_masks_against_cocos_own_code() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        mask = _drawn(rng, *rng.integers(1, 40, 2))
        packed = coco_mask.encode(np.asfortranarray(mask))
        text = packed["counts"].decode()
        assert list(run_lengths(text)) == _plain_counts(mask)
        size = list(mask.shape)
        found = region_extent({"size": size, "counts": text})
        assert found == region_extent({"size": size, "counts": _plain_counts(mask)})
        if not mask.any():
            assert found is None
            continue
        ys, xs = np.nonzero(mask)
        box = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
        assert found == pytest.approx(box)


def test_large_masks() -> None:
    mask = np.zeros((1080, 1920), np.uint8)
    mask[100:900, 1200:1210] = 1
    packed = coco_mask.encode(np.asfortranarray(mask))
    data = {"size": [1080, 1920], "counts": packed["counts"].decode()}
    assert region_extent(data) == (1200, 100, 1210, 900)


@pytest.mark.parametrize(
    ("segmentation", "box"),
    [
        ([[1, 2, 9, 2, 5, 8]], (1, 2, 9, 8)),
        ([1, 2, 9, 2, 5, 8], (1, 2, 9, 8)),
        ([[1, 2, 3, 4], [20.5, 0, 7, 7]], (1, 0, 20.5, 7)),
        ([], None),
        ([[]], None),
        ({"size": [4, 3], "counts": [5, 2, 5]}, (1, 1, 2, 3)),
        ({"size": [4, 3], "counts": [3, 2, 7]}, (0, 0, 2, 4)),  # round a corner
        ({"size": [4, 3], "counts": [12]}, None),
    ],
)
def test_by_hand(segmentation: Any, box: tuple | None) -> None:
    assert region_extent(segmentation) == box


@pytest.mark.parametrize(
    ("segmentation", "text"),
    [
        ("polygon", "polygons or a mask"),
        ([[1, 2, 3]], "x, y, x, y"),
        ([["1", "2"]], "x, y, x, y"),
        ([[1, float("nan")]], "x, y, x, y"),
        ({"counts": [1, 2]}, r"size must be \[height, width\]"),
        ({"size": [4, 0], "counts": [1, 2]}, r"size must be \[height, width\]"),
        ({"size": [4, 3], "counts": [5, 2, 6]}, "more than 3x4 pixels"),
        ({"size": [4, 3], "counts": [5, -2]}, "text or a list of whole numbers"),
        ({"size": [4, 3], "counts": None}, "text or a list of whole numbers"),
        ({"size": [4, 3], "counts": "\u0663"}, "no lengths of runs"),
        ({"size": [4, 3], "counts": "o" * 99}, "no lengths of runs"),
        ({"size": [4, 3], "counts": "o"}, "end within a number"),
    ],
)
def test_faults(segmentation: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        region_extent(segmentation)
