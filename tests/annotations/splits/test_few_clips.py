from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.annotations.splits.few_clips import UNUSED, draw_few_clips
from stal_plugin.structures.box_table import BoxTable


def _annotation(shown: dict[str, list[int]], tested: int = 1) -> Annotation:
    """Videos with the classes that each shows; the last ones are for testing."""
    names = list(shown)
    split = ["train"] * (len(names) - tested) + ["test"] * tested
    pairs = [(name, label) for name in names for label in shown[name]]
    return Annotation(
        classes=["a", "b", "c"],
        videos={
            name: VideoInfo(f"{name}.mp4", 25.0, 64, 48, 40, name, part)
            for name, part in zip(names, split, strict=True)
        },
        rows=BoxTable(
            frames=np.ones(len(pairs), int),
            boxes=np.tile([0.1, 0.1, 0.5, 0.5], (len(pairs), 1)),
            labels=np.array([label for _, label in pairs]),
            video_ids=np.array([name for name, _ in pairs], object),
            person_ids=np.zeros(len(pairs), int),
        ),
    )


def _kept(annotation: Annotation) -> set[str]:
    return {name for name, v in annotation.videos.items() if v.split == "train"}


SHOWN = {f"v{i}": [i % 3] for i in range(12)} | {"t": [0, 1, 2]}


@given(st.integers(1, 6), st.integers(0, 50))
def test_each_class_has_so_many_videos_or_all(clips: int, seed: int) -> None:
    few = draw_few_clips(_annotation(SHOWN), clips, seed)
    labels = sorted(SHOWN[name][0] for name in _kept(few))
    assert labels == sorted([0, 1, 2] * min(clips, 4))
    assert few.videos["t"].split == "test"
    others = {v.split for n, v in few.videos.items() if n not in _kept(few) | {"t"}}
    assert others <= {UNUSED}


@given(st.integers(1, 3), st.integers(0, 50))
def test_more_clips_of_a_seed_hold_the_fewer(clips: int, seed: int) -> None:
    annotation = _annotation(SHOWN)
    fewer, more = (draw_few_clips(annotation, n, seed) for n in (clips, clips + 1))
    assert _kept(fewer) < _kept(more)


def test_a_video_counts_for_all_of_its_classes() -> None:
    shown = {"one": [0, 1], "two": [1], "three": [2], "t": [0]}
    drawn = [_kept(draw_few_clips(_annotation(shown), 1, s)) for s in range(20)]
    assert all("one" in kept and "three" in kept for kept in drawn)
    # class 1 has "one" already where that was drawn first
    assert {len(kept) for kept in drawn} == {2, 3}


def test_seeds_differ_and_repeat() -> None:
    annotation = _annotation(SHOWN)
    drawn = [frozenset(_kept(draw_few_clips(annotation, 1, s))) for s in range(10)]
    again = [frozenset(_kept(draw_few_clips(annotation, 1, s))) for s in range(10)]
    assert drawn == again
    assert len(set(drawn)) > 3


def test_what_cannot_be_drawn_is_refused() -> None:
    annotation = _annotation(SHOWN)
    with pytest.raises(ValueError, match="clips=0 must be at least 1"):
        draw_few_clips(annotation, 0, 0)
    with pytest.raises(ValueError, match="no video is in split 'train'"):
        draw_few_clips(_annotation(SHOWN, tested=13), 1, 0)
    halves = {"train": (1, 20), "test": (21, 40)}
    annotation.videos["v0"] = replace(annotation.videos["v0"], split=halves)
    with pytest.raises(ValueError, match="video 'v0' is divided between splits"):
        draw_few_clips(annotation, 1, 0)
