import numpy as np
import pytest

from stal_plugin.apis.clip_sampling import ClipSampling
from stal_plugin.datasets.transforms.sample_keyframe_clip import keyframe_clip_indices


@pytest.mark.parametrize(("clip_len", "interval"), [(1, 1), (4, 1), (8, 3)])
def test_agrees_with_the_transform(clip_len: int, interval: int) -> None:
    sampling = ClipSampling(clip_len, interval)
    expected = keyframe_clip_indices(50, 99, clip_len, interval, "replicate")
    assert sampling.numbers(50).tolist() == (expected + 1).tolist()
    assert sampling.span == (clip_len - 1) * interval + 1


def test_from_a_pipeline() -> None:
    step = {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 6}
    assert ClipSampling.of_pipeline([step]) == ClipSampling(6, 1.0)
    step["frame_interval"] = (2, 3)  # testing takes the first
    assert ClipSampling.of_pipeline([{"type": "X"}, step]) == ClipSampling(6, 2.0)
    with pytest.raises(ValueError, match=r"SampleKeyframeClip.*steps are \['X'\]"):
        ClipSampling.of_pipeline([{"type": "X"}])


def test_clips_that_see_later_frames_are_refused() -> None:
    step = {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 6}
    assert ClipSampling.of_pipeline([{**step, "position": "last"}]).clip_len == 6
    with pytest.raises(ValueError, match=r"position='centre'.*cannot wait for"):
        ClipSampling.of_pipeline([{**step, "position": "centre"}])


def test_clips_span_the_same_time_at_any_rate() -> None:
    trained = ClipSampling(5, 2)
    assert trained.of_rate(26.0, 25.0) is trained
    assert trained.of_rate(None, 25.0) is trained
    assert trained.of_rate(50.0, None) is trained
    assert trained.of_rate(50.0, 25.0).numbers(100).tolist() == [84, 88, 92, 96, 100]
    slow = trained.of_rate(10.0, 25.0)
    assert slow.numbers(10).tolist() == [7, 8, 8, 9, 10]
    assert np.ptp(slow.numbers(10)) / 10 == pytest.approx(8 / 25, abs=0.1)
