"""A window that shows results."""

import os
import sys
from contextlib import suppress

import cv2
import numpy as np

_QUIT = (ord("q"), 27)
#: One of these tells where the screen is.
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


class ResultWindow:
    """A window that shows results; q or Esc in it ends the run.

    Args:
        title: Of the window.

    Raises:
        ValueError: This computer has no screen, or (when shown) OpenCV no windows.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        # without a screen, Qt inside OpenCV aborts the whole program
        linux = sys.platform.startswith("linux")
        if linux and not any(os.environ.get(name) for name in _SCREENS):
            raise _no_screen(f"none of {', '.join(_SCREENS)} is set")

    def show(self, image: np.ndarray) -> bool:
        """Show an image.

        Args:
            image: ``(H, W, 3)`` RGB.

        Returns:
            Whether to go on.
        """
        try:
            cv2.imshow(self.title, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
            return cv2.waitKey(1) & 0xFF not in _QUIT
        except cv2.error as error:
            raise _no_screen(str(error)) from None

    def close(self) -> None:
        """Close the window."""
        with suppress(cv2.error):
            cv2.destroyWindow(self.title)


def _no_screen(reason: str) -> ValueError:
    return ValueError(
        "--show needs a screen, and opencv-python (not -headless): "
        f"{reason}. Use --out instead"
    )
