from collections import defaultdict
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.datasets.keyframe_index import build_keyframe_index
from stal_plugin.structures.box_table import BoxTable

BOXES = [(0.1, 0.1, 0.5, 0.5), (0.2, 0.2, 0.9, 0.6)]
row_sets = st.sets(
    st.tuples(
        st.sampled_from(["u", "v", "w"]),
        st.integers(1, 9),
        st.integers(0, 1),
        st.integers(1, 3),
        st.integers(-1, 1),
    ),
    max_size=30,
)


def make_annotation(rows: list) -> Annotation:
    rows = sorted(rows, key=lambda r: r[:2])
    return Annotation(
        classes=["a", "b", "c"],
        videos={
            "u": VideoInfo("u.mp4", 25.0, 10, 10, 9, "s", "train"),
            "v": VideoInfo("v.mp4", 25.0, 10, 10, 20, "s", "test"),
            "w": VideoInfo(
                "w.mp4", 25.0, 10, 10, 9, "s", {"test": (5, 9), "train": (2, 4)}
            ),
        },
        rows=BoxTable(
            frames=np.array([r[1] for r in rows], dtype=np.int64),
            boxes=np.array([BOXES[r[2]] for r in rows]).reshape(-1, 4),
            labels=np.array([r[3] for r in rows], dtype=np.int64) - 1,
            video_ids=np.array([r[0] for r in rows], dtype=object),
            person_ids=np.array([r[4] for r in rows], dtype=np.int64),
        ),
    )


@given(row_sets, st.integers(1, 3), st.booleans())
def test_equals_a_plain_loop_over_the_frames(rows, stride, merge):
    annotation = make_annotation(list(rows))
    index = build_keyframe_index(annotation, ["train", "test"], stride, merge)
    expected = [(0, f, 0) for f in range(1, 10, stride)]
    expected += [(1, f, 1) for f in range(1, 21, stride)]
    expected += [(2, f, 0) for f in range(2, 5, stride)]
    expected += [(2, f, 1) for f in range(5, 10, stride)]
    found = zip(
        index.video.tolist(), index.frame.tolist(), index.split.tolist(), strict=True
    )
    assert list(found) == expected
    labels_of = defaultdict(list)
    for video, frame, box, action, person in rows:
        key = ("uvw".index(video), frame)
        extra = () if merge else (action,)
        labels_of[key, (*np.float32(BOXES[box]), person), extra].append(action - 1)
    for s, key in enumerate(expected):
        want = sorted(
            (b, sorted(v)) for (k, b, _), v in labels_of.items() if k == key[:2]
        )
        got = []
        for n in range(index.box_start[s], index.box_start[s + 1]):
            labels = index.labels[index.label_start[n] : index.label_start[n + 1]]
            box = (*index.boxes[n], index.person_ids[n])
            got.append((box, sorted(labels.tolist())))
        assert sorted(got) == want
    np.testing.assert_array_equal(
        annotation.rows.boxes[index.rows].astype(np.float32), index.boxes
    )
    np.testing.assert_array_equal(
        annotation.rows.person_ids[index.rows], index.person_ids
    )
    sample = np.repeat(np.arange(len(index)), index.num_boxes)
    np.testing.assert_array_equal(
        annotation.rows.frames[index.rows], index.frame[sample]
    )


def test_unlabelled_frames_are_no_key_frames():
    annotation = make_annotation([("u", 4, 0, 1, 0), ("w", 5, 1, 2, 0)])
    labelled = {"u": ((2, 2), (4, 4), (8, 9)), "w": ((4, 6),)}
    for video, ranges in labelled.items():
        info = replace(annotation.videos[video], labelled=ranges)
        annotation.videos[video] = info
    index = build_keyframe_index(annotation, ["train", "test"])
    places = list(zip(index.video.tolist(), index.frame.tolist(), strict=True))
    whole = [(1, f) for f in range(1, 21)]
    assert places == [*[(0, f) for f in (2, 4, 8, 9)], *whole, (2, 4), (2, 5), (2, 6)]
    assert index.split[-3:].tolist() == [0, 1, 1]
    assert [places[i] for i in np.flatnonzero(index.num_boxes)] == [(0, 4), (2, 5)]
    third = build_keyframe_index(annotation, ["train"], stride=3)
    assert third.frame.tolist() == [2, 9, 4]


def test_boxes_without_key_frames_leave_nothing_behind():
    annotation = make_annotation([("u", 2, 0, 1, 0), ("v", 3, 0, 1, 0)])
    index = build_keyframe_index(annotation, ["train"], stride=2)
    assert index.num_boxes.sum() == 0
    assert index.boxes.shape == (0, 4)
    assert index.label_start.tolist() == [0]
