"""What runs a network on a stream of frames."""

from typing import Any, Protocol

from mmengine.structures import InstanceData
from torch import Tensor


class Engine(Protocol):
    """What runs a network on a stream of frames.

    Every frame is pushed, in order; detections are asked for on some of them. An
    engine whose 3D branch goes on from frame to frame would do that work in ``push``.
    """

    def push(self, number: int, frame: Tensor) -> None:
        """Take in a frame.

        Args:
            number: Its number, larger than the one before.
            frame: ``(C, H, W)``, normalised.
        """

    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Detect on the newest frame.

        Args:
            sample: Sample with the metainfo of the frame.

        Returns:
            Detections in pixels of the original frame, and their age: the number of
            predictions since the clip was looked at, 0 if it was now.
        """

    def reset(self) -> None:
        """Forget everything, because the next frame does not go on from the last."""
