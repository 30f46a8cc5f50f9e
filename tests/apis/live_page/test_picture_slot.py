import asyncio
from threading import Thread
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from stal_plugin.apis.live_page.picture_slot import (
    PictureSlot,
    encode_jpeg,
    result_numbers,
)


def _decoded(jpeg: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def test_the_picture_is_the_frame():
    image = np.full((48, 64, 3), (200, 100, 30), np.uint8)
    back = _decoded(encode_jpeg(image, 640))
    assert back.shape == image.shape
    assert np.abs(back.astype(int) - image).max() <= 3


@pytest.mark.parametrize(
    ("size", "width", "aspect", "expected"),
    [
        ((48, 64), 32, 1.0, (24, 32)),
        ((48, 64), 64, 1.0, (48, 64)),
        ((48, 64), 640, 2.0, (48, 128)),
        ((48, 64), 64, 2.0, (24, 64)),
        ((1, 1000), 10, 1.0, (1, 10)),
    ],
)
def test_size_of_the_picture(size, width, aspect, expected):
    image = np.zeros((*size, 3), np.uint8)
    assert _decoded(encode_jpeg(image, width, aspect=aspect)).shape[:2] == expected


def test_numbers_of_a_frame(make_result):
    result = make_result(
        3, boxes=[(1, 2, 3, 4), (5, 6, 7, 8)], labels=(0, 1), latency=0.25
    )
    numbers = result_numbers(2, result, most=1)
    assert numbers == {
        **result.to_dict(),
        "detections": result.to_dict()["detections"][:1],
        "stream": 2,
        "width": 80,
        "height": 60,
        "left_out": 1,
    }
    assert result_numbers(2, result)["left_out"] == 0


def test_nothing_is_encoded_unless_somebody_looks(make_result):
    slot = PictureSlot(0)
    for n in range(1, 20):
        slot.put(make_result(n))
    assert slot.num_encoded == 0
    picture = asyncio.run(slot.after(0, 0))
    assert picture.result["frame"] == 19
    assert slot.num_encoded == 1


def test_many_who_ask_get_the_same_picture(make_result):
    slot = PictureSlot(0)

    async def all_ask() -> list:
        waiting = [asyncio.ensure_future(slot.after(0, 60)) for _ in range(20)]
        await asyncio.sleep(0.01)
        Thread(target=slot.put, args=(make_result(1),)).start()
        return await asyncio.gather(*waiting)

    pictures = asyncio.run(all_ask())
    assert len({id(picture) for picture in pictures}) == 1
    assert slot.num_encoded == 1


def test_there_is_none_without_a_later_frame(make_result):
    slot = PictureSlot(0)
    assert asyncio.run(slot.after(0, 0)) is None
    slot.put(make_result(5))
    assert asyncio.run(slot.after(5, 0)) is None
    assert asyncio.run(slot.after(4, 0)).result["frame"] == 5


def test_at_most_so_many_a_second(make_result):
    slot = PictureSlot(0, fps=0.001)
    slot.put(make_result(1))
    first = asyncio.run(slot.after(0, 0))
    slot.put(make_result(2))
    assert asyncio.run(slot.after(1, 0.01)) is None  # not yet
    assert asyncio.run(slot.after(0, 0)) is first
    assert slot.num_encoded == 1


def test_who_asks_too_early_waits_for_the_newest(make_result):
    slot = PictureSlot(0, fps=20)

    async def ask_twice() -> list[int]:
        slot.put(make_result(1))
        frames = [(await slot.after(0, 60)).result["frame"]]
        slot.put(make_result(2))
        waiting = asyncio.ensure_future(slot.after(1, 60))
        await asyncio.sleep(0)
        slot.put(make_result(3))
        return [*frames, (await waiting).result["frame"]]

    assert asyncio.run(ask_twice()) == [1, 3]


def test_pixels_that_are_not_square(make_result):
    slot = PictureSlot(0, SimpleNamespace(pixel_aspect=1.5))
    slot.put(make_result(1))
    picture = asyncio.run(slot.after(0, 0))
    assert _decoded(picture.jpeg).shape == (60, 120, 3)
    assert (picture.result["width"], picture.result["height"]) == (80, 60)
