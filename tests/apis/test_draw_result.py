from collections.abc import Callable

import numpy as np

from stal_plugin.apis import draw_result
from stal_plugin.visualization import draw


def test_boxes_and_ids(make_result: Callable, monkeypatch) -> None:
    result = make_result(
        boxes=[(5, 30, 40, 55), (50, 30, 70, 55), (5, 30, 40, 55)],
        labels=[0, 1, 1],
        scores=[0.9, 0.8, 0.4],
        track_ids=[4, 6, 4],
        image=np.zeros((240, 320, 3), np.uint8),
    )
    before = result.image.copy()
    seen = []
    label = draw._label
    monkeypatch.setattr(draw, "_label", lambda *a: (seen.append(a[2][1]), label(*a)))
    image = draw_result(result)
    assert seen == [("#4 wave 0.90", "jump 0.40"), ("#6 jump 0.80",)]
    assert np.array_equal(result.image, before)
    assert image[40, 5].any()  # the edge of a box
    assert not image[45, 20].any()


def test_status_is_in_the_corner(make_result: Callable) -> None:
    result = make_result(image=np.full((240, 320, 3), 200, np.uint8))
    plain, marked = draw_result(result), draw_result(result, "12.5 fps\nlatency 80 ms")
    assert np.array_equal(plain, result.image)
    assert np.array_equal(marked[120:], plain[120:])
    assert (marked[:2, :2] == 50).all()
    assert marked.max() == 255
