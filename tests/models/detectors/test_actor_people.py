import pytest
import torch
from mmengine.structures import InstanceData

from stal_plugin.models.detectors.actor_people import (
    FoundPeople,
    GivenPeople,
    People,
    speeds,
    whole_frame,
)

FRAME = torch.zeros(3, 40, 60)


class _Detector:
    """Gives what it is told, and counts."""

    def __init__(self) -> None:
        self.boxes: list[list[float]] = []
        self.calls = 0

    def __call__(self, frames: torch.Tensor) -> list[InstanceData]:
        self.calls += 1
        boxes = torch.tensor(self.boxes, dtype=torch.float32).view(-1, 4)
        return [InstanceData(bboxes=boxes, scores=torch.full((len(boxes),), 0.8))]


def _at(left: float) -> list[float]:
    return [left, 10, left + 10, 30]


def test_boxes_are_linked_and_a_person_who_comes_back_late_is_another() -> None:
    detector = _Detector()
    people = FoundPeople(detector)
    detector.boxes = [_at(0), _at(40)]
    assert people(1, FRAME).ids == [0, 1]
    detector.boxes = [_at(41), _at(2)]
    assert people(2, FRAME).ids == [1, 0]
    detector.boxes = [_at(42)]
    for number in range(3, 9):  # more than the five misses of the linker
        assert people(number, FRAME).ids == [1]
    assert set(people.alive()) == {0, 1}  # one more miss ends a track
    people(9, FRAME)
    detector.boxes = [_at(2)]
    assert people(10, FRAME).ids == [2]


def test_ids_are_not_used_again_after_a_reset() -> None:
    detector = _Detector()
    people = FoundPeople(detector)
    detector.boxes = [_at(0), _at(40)]
    people(1, FRAME)
    people.reset()
    assert people(2, FRAME).ids == [2, 3]
    assert set(people.alive()) == {2, 3}


def test_between_detections_boxes_move_on() -> None:
    detector = _Detector()
    people = FoundPeople(detector, every=3)
    lefts = []
    for number in range(1, 10):
        detector.boxes = [_at(1.0 * number)]
        lefts.append(float(people(number, FRAME).boxes[0, 0]))
    assert detector.calls == 3
    # the first three do not know the speed
    assert lefts == [1, 1, 1, 4, 5, 6, 7, 8, 9]


def test_speed_is_of_the_centre_and_of_the_same_person() -> None:
    before = People([5, 6], torch.tensor([[0.0, 0, 10, 10], [50, 0, 60, 10]]), None)
    now = People([6, 8], torch.tensor([[50.0, 2, 64, 20], [0, 0, 10, 10]]), None)
    assert speeds(before, now).tolist() == [[2, 6], [0, 0]]


def test_given_people_are_given_back() -> None:
    own = People([3], torch.tensor([[1.0, 2, 3, 4]]), torch.ones(1))
    people = GivenPeople({2: own})
    assert people(2, FRAME).ids == [3]
    assert people(2, FRAME).boxes.tolist() == [[1, 2, 3, 4]]
    assert len(people(1, FRAME)) == 0
    people.reset()
    assert people.alive() == {3}


def test_given_people_are_dropped_after_their_last_frame() -> None:
    """So that a film's states are those of the people on the screen."""
    box = torch.tensor([[1.0, 2, 3, 4]])
    both = People([3, 4], box.repeat(2, 1), torch.ones(2))
    people = GivenPeople({5: People([4], box, torch.ones(1)), 2: both})
    seen = []
    for number in range(1, 7):
        people(number, FRAME)
        seen.append(people.alive())
    assert seen == [{3, 4}, {3, 4}, {4}, {4}, {4}, set()]


def test_whole_frame_is_one_person() -> None:
    (found,) = whole_frame(FRAME[None])
    assert found.bboxes.tolist() == [[0, 0, 60, 40]]
    assert found.scores.tolist() == [1]


def test_every_is_checked() -> None:
    with pytest.raises(ValueError, match="every=0 must be at least 1"):
        FoundPeople(_Detector(), every=0)
