import numpy as np
import pytest
import torch

from stal_plugin.engine.actor_features.tubes import (
    given_people,
    mirrored_people,
    moved_tube,
    tubes_of,
)

FRAMES = np.array([2, 4, 5, 3])
PERSONS = np.array([1, 1, 1, 8])
BOXES = np.array(
    [[0, 0, 10, 10], [4, 2, 14, 12], [5, 2, 15, 12], [30, 5, 40, 25]], float
)


def test_frames_in_between_are_linear() -> None:
    tubes = tubes_of(FRAMES, PERSONS, BOXES)
    assert sorted(tubes) == [1, 8]
    frames, boxes = tubes[1]
    assert frames.tolist() == [2, 3, 4, 5]
    assert boxes[1].tolist() == [2, 1, 12, 11]
    assert boxes[[0, 2, 3]].tolist() == BOXES[:3].tolist()


def test_a_person_with_two_labels_has_one_box_a_frame() -> None:
    tubes = tubes_of(np.array([1, 1, 2]), np.zeros(3, int), BOXES[[0, 0, 1]])
    assert tubes[0][0].tolist() == [1, 2]
    assert tubes[0][1].tolist() == BOXES[:2].tolist()


def test_the_first_box_stands_for_frames_before_it_as_far_as_there_are_any() -> None:
    tubes = tubes_of(np.array([3, 5]), np.array([4, 4]), BOXES[[0, 1]], lead=6)
    frames, boxes = tubes[4]
    assert frames.tolist() == [1, 2, 3, 4, 5]
    assert boxes[:, 0].tolist() == [0, 0, 0, 2, 4]
    frames, _ = tubes_of(np.array([9]), np.array([4]), BOXES[:1], lead=2)[4]
    assert frames.tolist() == [7, 8, 9]


def test_people_of_a_frame_are_those_whose_tube_is_there() -> None:
    people = given_people(tubes_of(FRAMES, PERSONS, BOXES))
    assert sorted(people.frames) == [2, 3, 4, 5]
    assert people.frames[3].ids == [1, 8]
    assert people.frames[3].boxes.tolist() == [[2, 1, 12, 11], [30, 5, 40, 25]]
    assert people.alive() == {1, 8}


def test_variants_differ_and_are_the_same_each_time() -> None:
    tubes = tubes_of(FRAMES, PERSONS, BOXES)

    def boxes(variant: int, seed: int = 0) -> torch.Tensor:
        return given_people(tubes, variant, 0.1, seed).frames[3].boxes

    assert torch.equal(boxes(1), boxes(1))
    different = [boxes(0), boxes(1), boxes(2), boxes(1, seed=5)]
    for i, one in enumerate(different):
        for other in different[i + 1 :]:
            assert not torch.allclose(one, other)


def test_a_tube_moves_as_a_whole_within_its_share() -> None:
    boxes = BOXES[:3]
    for seed in range(20):
        moved = moved_tube(boxes, 0.2, np.random.default_rng(seed))
        change = moved - boxes
        assert np.allclose(change, change[:1])  # sides are 10 on every frame
        assert np.abs(change).max() <= 2 + 1 + 1e-9
        sides = moved[:, 2:] - moved[:, :2]
        assert (np.abs(sides - 10) <= 2 + 1e-9).all()


def test_mirror_swaps_left_and_right() -> None:
    people = given_people(tubes_of(FRAMES, PERSONS, BOXES))
    mirrored = mirrored_people(people, 100)
    assert mirrored.frames[3].boxes[1].tolist() == [60, 5, 70, 25]
    assert mirrored.frames[3].ids == [1, 8]
    again = mirrored_people(mirrored, 100)
    assert again.frames[2].boxes.tolist() == people.frames[2].boxes.tolist()


def test_mirrored_boxes_keep_their_order_of_corners() -> None:
    people = mirrored_people(given_people(tubes_of(FRAMES, PERSONS, BOXES)), 50)
    box = people.frames[5].boxes[0]
    assert box[2] - box[0] == pytest.approx(10)
