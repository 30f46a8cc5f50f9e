import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.annotations.splits.split_annotation import clips_of, split_annotation
from stal_plugin.annotations.statistics import class_counts
from stal_plugin.structures.box_table import BoxTable


def _annotation(*clips: tuple[int, int, int, int, int]) -> Annotation:
    """Clips of video, class from 1, person, first and last frame; 200 frames each."""
    numbers = range(max(c[0] for c in clips) + 1)
    rows = sorted((v, f, k, p) for v, k, p, a, b in clips for f in range(a, b + 1))
    video, frame, action, person = np.array(rows).T
    return Annotation(
        classes=[f"class {k + 1}" for k in range(action.max())],
        videos={
            f"v{i}": VideoInfo(f"v{i}.mp4", 25.0, 64, 48, 200, f"s{i // 2}", "train")
            for i in numbers
        },
        rows=BoxTable(
            frames=frame,
            boxes=np.tile([0.1, 0.1, 0.5, 0.5], (len(rows), 1)),
            labels=action - 1,
            video_ids=np.array([f"v{v}" for v in video], dtype=object),
            person_ids=person,
        ),
    )


def test_clips_end_at_gaps_of_a_second() -> None:
    annotation = _annotation((0, 1, 0, 1, 5), (0, 1, 0, 30, 33), (0, 1, 0, 60, 62))
    videos, spans, labels = clips_of(annotation)
    assert videos.tolist() == [0, 0]
    assert spans.tolist() == [[1, 33], [60, 62]]
    assert labels.tolist() == [0, 0]


def test_whole_videos() -> None:
    clips = [(v, 1 + v % 2, 0, 1, 20) for v in range(10)]
    split = split_annotation(_annotation(*clips), "video", 0.6)
    parts = [info.split for info in split.videos.values()]
    assert parts.count("train") == 6
    assert (class_counts(split, "train") == [60, 60]).all()
    assert parts == [
        i.split
        for i in split_annotation(_annotation(*clips), "video", 0.6).videos.values()
    ]


def test_sources_stay_together() -> None:
    clips = [(v, 1 + v % 2, 0, 1, 20) for v in range(10)]
    split = split_annotation(_annotation(*clips), "source", 0.6)
    by_source: dict[str, set] = {}
    for info in split.videos.values():
        by_source.setdefault(info.source, set()).add(info.split)
    assert all(len(parts) == 1 for parts in by_source.values())


def test_class_in_one_unit_is_named() -> None:
    annotation = _annotation((0, 1, 0, 1, 9), (1, 1, 0, 1, 9), (0, 2, 1, 1, 9))
    with pytest.raises(ValueError, match=r"'class 2' .* finer split .--by clip"):
        split_annotation(annotation, "video", 0.7)
    with pytest.raises(ValueError, match="by='day' is not one of"):
        split_annotation(annotation, "day", 0.7)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2)), min_size=4, max_size=7)
)
def test_parts_by_clip_share_no_frame_and_cut_no_clip(pairs: list) -> None:
    """Clips of 10 frames at 1, 41, 81, ... of their video, 30 frames apart."""
    place = dict.fromkeys(range(3), 1)
    clips = []
    for video, label in pairs:
        clips.append((video, label, len(clips), place[video], place[video] + 9))
        place[video] += 40
    clips = [c for c in clips if c[4] <= 200]
    annotation = _annotation(*clips)
    try:
        split = split_annotation(annotation, "clip", 0.6, margin=16)
    except ValueError as error:
        assert "both parts" in str(error)  # noqa: PT017
        return
    used = np.unique(annotation.rows.labels + 1)
    for part in ("train", "test"):
        assert (class_counts(split, part)[used - 1] >= 10).all()
        assert (class_counts(split, part) % 10 == 0).all()
    total = class_counts(split, "train") + class_counts(split, "test")
    assert total.sum() == 10 * len(clips)
    for info in split.videos.values():
        train, test = info.frame_range("train"), info.frame_range("test")
        if train and test:
            assert max(test[0] - train[1], train[0] - test[1]) > 16
