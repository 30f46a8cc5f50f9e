import sys

import cv2
import numpy as np
import pytest

from stal_plugin.apis.outputs import ResultWindow

RED = np.full((4, 4, 3), (255, 0, 0), np.uint8)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> ResultWindow:
    monkeypatch.setenv("DISPLAY", ":0")
    return ResultWindow("x")


def test_shows_until_a_key(
    window: ResultWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, keys = [], iter([-1, ord("x"), ord("q")])
    monkeypatch.setattr(cv2, "imshow", lambda title, image: shown.append(image))
    monkeypatch.setattr(cv2, "waitKey", lambda _: next(keys))
    assert [window.show(RED) for _ in range(3)] == [True, True, False]
    assert shown[0][0, 0].tolist() == [0, 0, 255]  # OpenCV's BGR


def test_opencv_without_windows(
    window: ResultWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise cv2.error("not implemented")

    monkeypatch.setattr(cv2, "imshow", fail)
    monkeypatch.setattr(cv2, "destroyWindow", fail)
    with pytest.raises(ValueError, match=r"--show needs a screen.*not implemented"):
        window.show(RED)
    window.close()


def test_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ValueError, match=r"none of DISPLAY, .* is set"):
        ResultWindow("x")
