"""What every engine is: a network on a stream of frames."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.clip_sampling import ClipRing


class Engine(ABC):
    """Runs a network on a stream of frames.

    Every frame is pushed, in order; detections are requested for some of them. An
    engine whose 3D branch is evaluated frame by frame would do that work in ``push``.

    Args:
        model: The network.
        ring: Holds the frames.
        stride: n: the costly part runs on every n-th requested frame.
    """

    def __init__(self, model: Any, ring: ClipRing, stride: int = 1) -> None:
        self.model = model
        self.ring = ring
        self.stride = stride
        self.reset()

    def push(self, number: int, frame: Tensor) -> None:
        """Take in a frame.

        Args:
            number: Its number, larger than the one before.
            frame: ``(C, H, W)``, normalised.
        """
        self.ring.push(number, frame)

    @abstractmethod
    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Detect on the newest frame.

        Args:
            sample: Sample with the metainfo of the frame.

        Returns:
            Detections in pixels of the original frame, and their age: the number of
            predictions since the clip was looked at, 0 if it was now.
        """

    @classmethod
    def push_batch(
        cls, engines: Sequence[Any], numbers: Sequence[int], frames: Sequence[Tensor]
    ) -> None:
        """Take in a frame of each of several streams.

        Args:
            engines: B engines of this class, for one network.
            numbers: B numbers.
            frames: B frames of one size.
        """
        for engine, number, frame in zip(engines, numbers, frames, strict=True):
            engine.push(number, frame)

    @classmethod
    def predict_batch(
        cls, engines: Sequence[Any], samples: Sequence[Any]
    ) -> list[tuple[InstanceData, int]]:
        """Detect on the newest frame of each of several streams.

        The results are those of :meth:`predict`. An engine that can runs the network
        on all of them at once; here they are run one after another.

        Args:
            engines: B engines of this class, for one network, whose newest frames have
                one size.
            samples: B samples.
        """
        pairs = zip(engines, samples, strict=True)
        return [engine.predict(sample) for engine, sample in pairs]

    def reset(self) -> None:
        """Forget everything, because the next frame does not go on from the last."""
        self.ring.reset()
