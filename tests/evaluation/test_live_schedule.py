import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.evaluation.live_schedule import (
    LiveSchedule,
    live_schedule,
    mean_age,
    standing_predictions,
)

TEN = np.arange(10.0)  # a frame per second


def constant(duration: float):
    return lambda first, stop: duration


def test_a_detector_that_takes_no_time_knows_each_frame_at_once():
    schedule = live_schedule(TEN, constant(0.0))
    assert schedule.frames.tolist() == list(range(10))
    assert standing_predictions(TEN, schedule).tolist() == list(range(10))
    assert mean_age(TEN, schedule) == 0


def test_faster_than_the_frames_by_hand():
    # each frame is looked at; what is known is always of the frame before
    schedule = live_schedule(TEN, constant(0.75))
    assert schedule.frames.tolist() == list(range(10))
    assert schedule.finished.tolist() == (TEN + 0.75).tolist()
    assert standing_predictions(TEN, schedule).tolist() == [-1, *range(9)]
    assert mean_age(TEN, schedule) == 1


def test_exactly_as_long_as_a_frame():
    schedule = live_schedule(TEN, constant(1.0))
    assert schedule.frames.tolist() == list(range(10))
    assert standing_predictions(TEN, schedule).tolist() == [-1, *range(9)]


@pytest.mark.parametrize("per_second", [25, 30])
def test_sums_that_are_not_exact_are_the_same_moment(per_second):
    frames = np.arange(300) / per_second
    schedule = live_schedule(frames, constant(1 / per_second))
    assert schedule.frames.tolist() == list(range(300))
    assert standing_predictions(frames, schedule).tolist() == [-1, *range(299)]


def test_slower_than_the_frames_by_hand():
    # 0 - 2.5 of frame 0, 2.5 - 5 of frame 2, 5 - 7.5 of 5, 7.5 - 10 of 7, then 9
    schedule = live_schedule(TEN, constant(2.5))
    assert schedule.frames.tolist() == [0, 2, 5, 7, 9]
    assert schedule.begun.tolist() == [0, 2.5, 5, 7.5, 10]
    standing = standing_predictions(TEN, schedule)
    assert standing.tolist() == [-1, -1, -1, 0, 0, 1, 1, 1, 2, 2]
    # known at 3 and 4: frame 0; at 5, 6, 7: frame 2; at 8, 9: frame 5
    assert mean_age(TEN, schedule) == pytest.approx((3 + 4 + 3 + 4 + 5 + 3 + 4) / 7)


def test_durations_that_depend_on_the_frames():
    calls = []

    def duration_of(first: int, stop: int) -> float:
        calls.append((first, stop))
        return 0.5 + 1.0 * (stop - first)  # every frame is prepared

    schedule = live_schedule(np.arange(6.0), duration_of)
    # 0 takes until 1.5, then 1 alone until 3, then 2 and 3 until 5.5, then 4 and 5
    assert calls == [(0, 1), (1, 2), (2, 4), (4, 6)]
    assert schedule.frames.tolist() == [0, 1, 3, 5]
    assert schedule.finished.tolist() == [1.5, 3, 5.5, 8]


def test_frames_that_come_together_are_taken_together():
    schedule = live_schedule(np.array([0.0, 0.0, 3.0]), constant(1.0))
    assert schedule.frames.tolist() == [1, 2]
    assert schedule.begun.tolist() == [0, 3]


def test_no_frames():
    schedule = live_schedule(np.zeros(0), constant(1.0))
    assert schedule.frames.tolist() == []
    assert np.isnan(mean_age(np.zeros(0), schedule))
    assert np.isnan(mean_age(TEN, LiveSchedule(np.array([0]), *np.array([[0], [99]]))))


@pytest.mark.parametrize(
    ("arrivals", "duration", "message"),
    [
        ([0, 2, 1], 1.0, "must not fall"),
        ([0, np.nan], 1.0, "must not fall"),
        ([0, np.inf], 1.0, "must be finite"),
        ([0, 1], -0.1, "duration of -0.1 s"),
        ([0, 1], np.nan, "duration of nan s"),
        ([0, 1], np.inf, "duration of inf s"),
    ],
)
def test_bad_times(arrivals, duration, message):
    with pytest.raises(ValueError, match=message):
        live_schedule(np.array(arrivals, float), constant(duration))


# quarters of a second: sums of them are exact
quarters = st.integers(0, 12).map(lambda n: n / 4)
streams = st.lists(quarters, min_size=1, max_size=40).map(np.cumsum)


@given(streams, st.lists(quarters, min_size=40, max_size=40))
def test_schedule_is_what_a_detector_of_newest_frames_does(arrivals, durations):
    taken: list[int] = []
    left = iter(durations)

    def duration_of(first: int, stop: int) -> float:
        taken.extend(range(first, stop))
        return next(left)

    schedule = live_schedule(arrivals, duration_of)
    assert taken == list(range(len(arrivals)))  # each frame once, in order
    assert schedule.frames[-1] == len(arrivals) - 1
    count = len(schedule.frames)
    assert (schedule.finished - schedule.begun).tolist() == durations[:count]
    assert (schedule.begun[1:] >= schedule.finished[:-1]).all()  # one at a time
    for frame, begun in zip(schedule.frames, schedule.begun, strict=True):
        assert arrivals[frame] <= begun  # it was there
        assert (arrivals[frame + 1 :] > begun).all()  # and was the newest
    before = np.concatenate([[-np.inf], schedule.finished[:-1]])
    first_new = arrivals[np.concatenate([[0], schedule.frames[:-1] + 1])]
    assert (schedule.begun == np.maximum(before, first_new)).all()  # never idle


@given(streams, st.lists(quarters, min_size=40, max_size=40))
def test_what_stands_was_finished_and_nothing_newer_was(arrivals, durations):
    left = iter(durations)
    schedule = live_schedule(arrivals, lambda first, stop: next(left))
    for time, standing in zip(
        arrivals, standing_predictions(arrivals, schedule), strict=True
    ):
        finished = np.flatnonzero(schedule.finished <= time)
        assert standing == (finished.max() if len(finished) else -1)
        if standing >= 0:
            assert arrivals[schedule.frames[standing]] <= time  # not of the future


@given(st.integers(1, 60), quarters)
def test_nothing_known_is_older_than_two_durations_and_a_frame(count, duration):
    arrivals = np.arange(count) / 2
    schedule = live_schedule(arrivals, constant(duration))
    standing = standing_predictions(arrivals, schedule)
    known = standing >= 0
    age = arrivals[known] - arrivals[schedule.frames[standing[known]]]
    assert (age <= duration + max(duration, 0.5) + 0.5).all()
    assert (age >= duration).all()
    if known.any():
        assert mean_age(arrivals, schedule) == pytest.approx(age.mean())
