import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.annotations.importers.box_geometry import (
    annotated_size,
    played_size,
    turn_boxes,
)


def test_equal_unknown_and_scaled() -> None:
    assert annotated_size("v", None, (640, 360)) == ((640, 360), "")
    assert annotated_size("v", (640, 360), (640, 360)) == ((640, 360), "")
    size, note = annotated_size("v", (1920, 1080), (640, 360))
    assert size == (1920, 1080)
    assert note == "v: boxes of 1920x1080 pixels are rescaled to the video's 640x360"
    # UCF101-24: boxes of 320x240, videos of 340x256
    assert annotated_size("v", (320, 240), (340, 256))[0] == (320, 240)


def test_rotation() -> None:
    with pytest.raises(ValueError, match="without the rotation that the video asks"):
        annotated_size("v", (1920, 1080), (360, 640))
    assert annotated_size("v", (1920, 1080), (360, 640), 90)[0] == (1920, 1080)
    assert annotated_size("v", None, (360, 640), 270)[0] == (640, 360)
    with pytest.raises(ValueError, match="another aspect ratio"):
        annotated_size("v", (1920, 1080), (480, 360))


def test_pixels_that_are_not_square() -> None:
    """A DVD's 720x480 that a player shows as 853x480."""
    for size in ((720, 480), (853, 480), (1706, 960)):
        assert annotated_size("v", size, (720, 480), pixel_aspect=32 / 27)[0] == size
    with pytest.raises(ValueError, match="another aspect ratio"):
        annotated_size("v", (853, 480), (720, 480))
    assert played_size((720, 480), 32 / 27) == (853, 480)


def test_stretched_pictures() -> None:
    with pytest.raises(ValueError, match=r"were stretched to that size .* --stretched"):
        annotated_size("v", (640, 640), (340, 256))
    assert annotated_size("v", (640, 640), (340, 256), stretched=True)[0] == (640, 640)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_boxes_turn_like_the_image(degrees: int) -> None:
    image = np.zeros((40, 60))
    image[4:10, 30:36] = 1
    box = np.array([[30 / 60, 4 / 40, 36 / 60, 10 / 40]])
    turned = np.rot90(image, -degrees // 90)
    height, width = turned.shape
    ys, xs = np.nonzero(turned)
    expected = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    found = turn_boxes(box, degrees)[0] * [width, height, width, height]
    np.testing.assert_allclose(found, expected)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_two_quarter_turns_are_a_half(box: list[float]) -> None:
    boxes = np.array([box])
    twice = turn_boxes(turn_boxes(boxes, 90), 90)
    np.testing.assert_allclose(twice, turn_boxes(boxes, 180), atol=1e-12)
