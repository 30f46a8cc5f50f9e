import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmaction.datasets.transforms import SampleAVAFrames

from stal_plugin.datasets.transforms import SampleKeyframeClip
from stal_plugin.datasets.transforms.sample_keyframe_clip import keyframe_clip_indices

places = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


def sample(frame: int, total: int, **kwargs) -> dict:
    results = {"video_id": "v", "frame": frame, "total_frames": total}
    return SampleKeyframeClip(**kwargs)(results)


def yowo_wrap(frame: int, total: int, clip_len: int, interval: int) -> list[int]:
    """What the paper's code does, from its description: 1-based, wraps around."""
    found = []
    for i in reversed(range(clip_len)):
        t = frame - i * interval
        while t < 1:
            t = total + t
        found.append(t - 1)
    return found


@given(places, st.integers(1, 40), st.integers(1, 4))
def test_replicated_clips_are_causal_and_end_with_the_key_frame(
    place, clip_len, interval
):
    frame, total = place
    inds = keyframe_clip_indices(frame, total, clip_len, interval, "replicate")
    assert len(inds) == clip_len
    assert inds[-1] == frame - 1
    assert (inds >= 0).all()
    assert (inds < frame).all()
    steps = np.diff(inds)
    assert (steps >= 0).all()
    assert (steps[inds[:-1] > 0] == interval).all()


@given(places, st.integers(1, 40), st.integers(1, 4))
def test_wrapped_clips_equal_the_papers_loop(place, clip_len, interval):
    frame, total = place
    inds = keyframe_clip_indices(frame, total, clip_len, interval, "wrap")
    assert inds.tolist() == yowo_wrap(frame, total, clip_len, interval)
    assert inds[-1] == frame - 1


@pytest.mark.parametrize(
    ("pad_mode", "expected"),
    [("replicate", [0, 0, 0, 2]), ("wrap", [6, 8, 0, 2])],
)
def test_values_at_the_start_of_a_video(pad_mode, expected):
    results = sample(3, 10, clip_len=4, frame_interval=2, pad_mode=pad_mode)
    assert results["frame_inds"].tolist() == expected
    assert (results["clip_len"], results["num_clips"]) == (4, 1)
    assert results["frame_interval"] == 2


@pytest.mark.parametrize(
    ("frame", "clip_len", "pad_mode", "expected"),
    [
        # ten frames, every second one; the key frame is place clip_len // 2
        (1, 4, "replicate", [0, 0, 0, 2]),
        (2, 4, "replicate", [0, 0, 1, 3]),
        (6, 4, "replicate", [1, 3, 5, 7]),
        (10, 4, "replicate", [5, 7, 9, 9]),
        (10, 5, "replicate", [5, 7, 9, 9, 9]),
        (1, 4, "wrap", [6, 8, 0, 2]),
        (2, 5, "wrap", [7, 9, 1, 3, 5]),
        (10, 4, "wrap", [5, 7, 9, 1]),
        (9, 5, "wrap", [4, 6, 8, 0, 2]),
        (7, 1, "replicate", [6]),
    ],
)
def test_centred_clips_at_both_ends_of_a_video(frame, clip_len, pad_mode, expected):
    given = {"clip_len": clip_len, "frame_interval": 2, "pad_mode": pad_mode}
    found = sample(frame, 10, **given, position="centre")["frame_inds"]
    assert found.tolist() == expected
    assert found[clip_len // 2] == frame - 1


@given(places, st.integers(1, 40), st.integers(1, 4))
def test_centred_clips_are_those_of_mmaction2(place, clip_len, interval):
    frame, total = place
    host = SampleAVAFrames(clip_len, interval, test_mode=True)
    theirs = host(
        {"fps": 1, "timestamp": frame - 1, "timestamp_start": 0, "total_frames": total}
    )
    ours = keyframe_clip_indices(
        frame, total, clip_len, interval, "replicate", "centre"
    )
    assert ours.tolist() == theirs["frame_inds"].tolist()


def test_wrapped_clips_see_the_future():
    """The defect: in J-HMDB, 15 of 40 key frames see frames that come after them."""
    for pad_mode, expected in (("replicate", 0), ("wrap", 15)):
        clips = [
            sample(frame, 40, clip_len=16, pad_mode=pad_mode, test_mode=True)
            for frame in range(1, 41)
        ]
        future = [(c["frame_inds"] > c["frame"] - 1).any() for c in clips]
        assert sum(future) == expected


def test_interval_is_drawn_in_training_and_the_first_in_testing():
    drawn = set()
    for seed in range(30):
        random.seed(seed)
        inds = sample(20, 20, clip_len=3, frame_interval=(1, 2))["frame_inds"]
        drawn.add(tuple(inds.tolist()))
    assert drawn == {(17, 18, 19), (15, 17, 19)}
    tested = {
        tuple(
            sample(20, 20, clip_len=3, frame_interval=(1, 2), test_mode=True)[
                "frame_inds"
            ].tolist()
        )
        for _ in range(20)
    }
    assert tested == {(17, 18, 19)}


@pytest.mark.parametrize("frame", [0, -1, 11])
def test_a_key_frame_outside_of_the_video_is_an_error(frame):
    with pytest.raises(ValueError, match=rf"'v': key frame {frame} is not in 1\.\.10"):
        sample(frame, 10, clip_len=2)


def test_a_decoders_wrong_frame_count_does_no_harm():
    results = {"video_id": "v", "frame": 2, "total_frames": 0, "num_frames": 9}
    inds = SampleKeyframeClip(4, pad_mode="wrap")(results)["frame_inds"]
    assert inds.tolist() == [7, 8, 0, 1]


@pytest.mark.parametrize(
    "kwargs",
    [
        {"clip_len": 0},
        {"clip_len": 2, "frame_interval": 0},
        {"clip_len": 2, "frame_interval": ()},
        {"clip_len": 2, "pad_mode": "zeros"},
        {"clip_len": 2, "position": "first"},
    ],
)
def test_bad_arguments(kwargs):
    with pytest.raises(ValueError, match="must be"):
        SampleKeyframeClip(**kwargs)
