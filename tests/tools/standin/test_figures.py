from dataclasses import replace

import numpy as np
from standin.appearance import Camera, Handling, Worker
from standin.figures import draw_action, draw_body, draw_idle

CAMERA = Camera(224, 224)
STILL = np.zeros(2)
STATE = np.array([0.5, 0.5, 0.2, 0.3])
WORKER = replace(
    Worker.draw(1, np.random.default_rng(0)),
    centre=(112.0, 130.0),
    size=(25.0, 35.0),
    shirt=(10, 200, 30),
    skin=(90, 120, 180),
    keeps_board=False,
)
HANDLING = Handling.draw(np.random.default_rng(1))


def _blank() -> np.ndarray:
    return np.zeros((224, 224, 3), dtype=np.uint8)


def test_body_is_above_the_work_place():
    image = _blank()
    draw_body(image, CAMERA, WORKER, STILL)
    assert image[96, 112].tolist() == [10, 200, 30]
    assert image[56, 112].tolist() == [90, 120, 180]
    assert not image[140:].any()


def test_body_follows_the_sway():
    still, moved = _blank(), _blank()
    draw_body(still, CAMERA, WORKER, STILL)
    draw_body(moved, CAMERA, WORKER, np.array([5.0, 0.0]))
    assert (np.roll(still, 5, axis=1)[75:] == moved[75:]).all()


def test_idle_worker_shows_a_hand_and_maybe_an_empty_board():
    bare, board = _blank(), _blank()
    draw_idle(bare, CAMERA, WORKER, STILL)
    assert bare[108, 124].tolist() == [90, 120, 180]
    assert not bare[130, 112].any()
    draw_idle(board, CAMERA, replace(WORKER, keeps_board=True, board=(9, 8, 7)), STILL)
    assert board[135, 104].tolist() == [9, 8, 7]


def test_action_fills_exactly_its_board():
    image = _blank()
    board = np.array([90, 120, 130, 150])
    draw_action(image, CAMERA, WORKER, HANDLING, STILL, board, STATE)
    inside = image[121:149, 91:129]
    assert (inside.reshape(-1, 3) == HANDLING.board).all(axis=1).any()
    assert (inside.reshape(-1, 3) == HANDLING.item).all(axis=1).any()
    assert (inside > 0).all()
    assert not image[150:].any()
    assert not image[125:, :90].any()


def test_a_board_may_stick_out_of_the_frame():
    whole, cut = _blank(), _blank()
    draw_action(
        whole, CAMERA, WORKER, HANDLING, STILL, np.array([0, 150, 40, 180]), STATE
    )
    draw_action(
        cut, CAMERA, WORKER, HANDLING, STILL, np.array([-9, 150, 31, 180]), STATE
    )
    assert (whole[150:180, 9:40] == cut[150:180, :31]).all()
