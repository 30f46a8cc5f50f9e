from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.apis import ActionDetector, FrameResult
from stal_plugin.apis.sources import open_frames
from stal_plugin.apis.virtual_live import replayed, run_live, without_image

FPS = 25


@pytest.fixture(scope="module")
def det(checkpoint: Path) -> ActionDetector:
    return ActionDetector(checkpoint, device="cpu", score_thr=0.0)


def arrivals(video: Path) -> np.ndarray:
    return np.arange(open_frames(video).num_frames) / FPS


def same(one: FrameResult, other: FrameResult) -> bool:
    return (
        np.allclose(one.boxes, other.boxes, atol=1e-4)
        and np.array_equal(one.labels, other.labels)
        and np.allclose(one.scores, other.scores, atol=1e-6)
        and np.allclose(one.objectness, other.objectness, atol=1e-6)
    )


@pytest.mark.parametrize("latency", [0.0, 0.05, 0.1])
def test_results_are_those_of_the_frames_that_were_looked_at(det, video, latency):
    every = [without_image(result) for result in det(video)]
    run = run_live(det, open_frames(video), arrivals(video), latency)
    again = replayed(every, arrivals(video), latency)
    frames = run.schedule.frames.tolist()
    assert frames == again.schedule.frames.tolist()
    assert (len(frames) < len(every)) == (latency > 1 / FPS)
    for frame, result, replay in zip(frames, run.results, again.results, strict=True):
        # the frames in between are in the clip
        assert result.frame == replay.frame == frame + 1
        assert result.time == pytest.approx(frame / FPS)
        assert same(result, every[frame])
        assert same(replay, every[frame])
        assert (result.track_ids == -1).all()
        assert result.tracks == ()
    assert [result.skipped for result in run.results] == (
        np.diff([-1, *frames]) - 1
    ).tolist()


def test_what_is_known_belongs_to_the_frame_that_came(det, video):
    # 40 ms a frame, 60 ms a prediction: of 0 until 60, of 1 until 120, of 3 until 180
    run = run_live(det, open_frames(video), arrivals(video), 0.06)
    assert run.schedule.frames.tolist()[:4] == [0, 1, 3, 4]
    known = run.known()
    assert [result.frame for result in known][:5] == [3, 4, 5, 6, 7]
    assert known[0].time == pytest.approx(0.08)
    expected = [0, 1, 1, 2, 3]  # places in the results
    for result, place in zip(known[:5], expected, strict=True):
        assert same(result, run.results[place])
    assert known[0].image.shape == (*next(iter(det(video))).image.shape,)


def test_durations_are_measured_without_decoding(det, video):
    ticks = iter(range(1000))
    run = run_live(
        det, open_frames(video), arrivals(video), clock=lambda: next(ticks) * 0.03
    )
    spent = run.schedule.finished - run.schedule.begun
    assert np.allclose(spent, 0.03)  # the clock was read before and after each


def test_a_stride_counts_predictions(det, video, checkpoint):
    rough = ActionDetector(checkpoint, device="cpu", score_thr=0.0, stride=2)
    run = run_live(rough, open_frames(video), arrivals(video), 0.1)
    assert [result.age for result in run.results[:4]] == [0, 1, 0, 1]


def test_the_threshold_and_the_order(det, video, monkeypatch):
    monkeypatch.setattr(det, "score_thr", 0.4)
    for result in run_live(det, open_frames(video), arrivals(video), 0.2).results:
        assert (result.scores >= 0.4).all()
        assert (np.diff(result.scores) <= 0).all()


def test_fewer_frames_than_announced(det, video):
    longer = np.arange(len(arrivals(video)) + 3) / FPS
    with pytest.raises(ValueError, match=rf"ends after {len(longer) - 3} frames, but"):
        run_live(det, open_frames(video), longer, 0.0)
    with pytest.raises(ValueError, match="0 results are of 3 frames"):
        replayed([], np.arange(3.0), 0.0)


def test_an_image_without_memory(make_result: Callable):
    result = make_result()
    empty = without_image(result)
    assert empty.image.shape == result.image.shape
    assert empty.image.strides == (0, 0, 0)
    assert replace(empty, image=result.image) == result
