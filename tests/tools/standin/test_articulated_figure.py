from dataclasses import replace

import numpy as np
import pytest
from standin.articulated_figure import ArticulatedFigure

from stal_plugin.annotations.importers.jhmdb_release import JOINT_NAMES

STANDING = np.array([[0.0, 110 / 230, 0.5, 0.0, 0.0]])
AT = {name: k for k, name in enumerate(JOINT_NAMES)}


@pytest.fixture
def figure() -> ArticulatedFigure:
    return ArticulatedFigure(100.0, 1, (250, 0, 0), (0, 250, 0), (0, 0, 250))


def test_standing_by_hand(figure: ArticulatedFigure) -> None:
    joints = figure.joints(STANDING)[0]
    places = {name: joints[k].round(6).tolist() for name, k in AT.items()}
    assert places["neck"] == [0, -83]
    assert places["face"] == [0, -92]
    assert places["right_shoulder"] == [-11, -79]
    assert places["right_wrist"] == [-11, -45]  # both halves of the arm hang down
    assert places["right_hip"] == [-7, -50]
    assert places["right_ankle"] == [-7, 0]
    assert places["left_ankle"] == [7, 0]


def test_other_side_is_the_mirror_image(figure: ArticulatedFigure) -> None:
    poses = np.random.default_rng(0).random((5, 5))
    mirrored = replace(figure, side=-1).joints(poses)
    np.testing.assert_allclose(mirrored, figure.joints(poses) * [-1, 1])


def test_limbs_keep_their_length(figure: ArticulatedFigure) -> None:
    joints = figure.joints(np.random.default_rng(0).random((50, 5)))
    for side in ("right", "left"):
        bones = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        limbs = [joints[:, AT[f"{side}_{bone}"]] for bone in bones]
        for a, b, length in ((0, 1, 17), (1, 2, 17), (3, 4, 25), (4, 5, 25)):
            np.testing.assert_allclose(
                np.linalg.norm(limbs[a] - limbs[b], axis=1), length
            )


def test_each_parameter_moves_its_part(figure: ArticulatedFigure) -> None:
    parts = ["neck", "right_elbow", "right_knee", "right_wrist", "left_wrist"]
    for k, part in enumerate(parts):
        poses = np.full((2, 5), 0.3)
        poses[1, k] = 0.9
        first, second = figure.joints(poses)
        moved = np.linalg.norm(first - second, axis=1)
        assert moved[AT[part]] > 3
        if k:
            assert moved[AT["belly"]] == 0
        if part == "right_wrist":
            assert np.flatnonzero(moved).tolist() == [AT["right_wrist"]]
    assert figure.joints(poses * [1, 0, 0, 0, 0] + [0.2, 0, 0, 0, 0]).shape == (
        2,
        15,
        2,
    )


def test_mask_is_where_the_image_changed(figure: ArticulatedFigure) -> None:
    image = np.full((120, 90, 3), 7, np.uint8)
    mask = np.zeros((120, 90), np.uint8)
    joints = figure.joints(np.array([[0.3, 0.8, 0.9, 0.4, 0.6]]))[0] + [40, 110]
    figure.draw(image, mask, joints)
    np.testing.assert_array_equal(mask > 0, (image != 7).any(-1))
    assert set(np.unique(mask)) == {0, 1}
    inside = (joints >= 0).all(1) & (joints < [90, 120]).all(1)
    x, y = np.floor(joints[inside]).astype(int).T
    assert (mask[y, x] == 1).all()  # each joint is on the actor
    face = np.floor(joints[AT["face"]]).astype(int)
    assert image[face[1], face[0]].tolist() == [0, 0, 250]


def test_a_figure_outside_of_the_image_is_cut(figure: ArticulatedFigure) -> None:
    image, mask = np.zeros((60, 50, 3), np.uint8), np.zeros((60, 50), np.uint8)
    figure.draw(image, mask, figure.joints(STANDING)[0] + [0, 110])
    assert 0 < mask.sum() < 2000


def test_random_people_differ() -> None:
    rng = np.random.default_rng(0)
    people = [ArticulatedFigure.draw_at_random((50, 60), rng) for _ in range(40)]
    assert len({p.shirt for p in people}) == 40
    assert {p.side for p in people} == {-1, 1}
    assert all(50 <= p.height <= 60 for p in people)
