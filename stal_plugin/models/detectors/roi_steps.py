"""A clip network that sees the whole frame once for all people on it."""

from typing import Any

import torch
from torch import Tensor

from stal_plugin.models.roi_align import roi_align


class RoISteps:
    """Step a clip network on whole frames and cut people out of its maps.

    An exported step that does both at once (``ExportedRoISteps``) has the same methods.

    Args:
        network: Clip network with ``step``, see ``stal_plugin.ActorDetector``.
        parts: Parts S per side that a box is cut into.
    """

    def __init__(self, network: Any, parts: int) -> None:
        self.network = network
        self.parts = parts

    def stream_state(self, batch_size: int, size: tuple[int, int]) -> Any:
        """Return the network's state before the first frame."""
        return self.network.stream_state(batch_size, size=size)

    def roi_state(self, batch_size: int) -> dict[str, Tensor]:
        """Nothing of each person is remembered."""
        return {}

    def roi_step(
        self, views: Tensor, state: Any, boxes: Tensor, people: Any
    ) -> tuple[Tensor, Any, Any]:
        """Take in a frame.

        Args:
            views: ``(F, 3, H, W)`` in [0, 1], the same frame for each of the F states
                of its video.
            state: Of the network, F rows; people are cut out of the map of the first.
            boxes: ``(N, 4)`` xyxy of people, from 0 to 1 of the frame; N may be 0.
            people: What is kept of each person, N rows.

        Returns:
            ``(N, C, S, S)`` for the head, and what is kept of the network and of each
            person.
        """
        maps, state = self.network.step(views, state)
        return roi_align(maps[:1], [boxes], (1, 1), self.parts), state, people


def roi_steps(network: Any, parts: int) -> Any:
    """Return a clip network that has ``roi_step``, itself or in ``RoISteps``."""
    return network if hasattr(network, "roi_step") else RoISteps(network, parts)


def roi_clip(network: Any, frames: Tensor, boxes: Tensor) -> Tensor:
    """Step a network that has ``roi_step`` through a clip, from a new state.

    Args:
        network: The network.
        frames: ``(T, 3, H, W)`` in [0, 1].
        boxes: ``(N, T, 4)`` xyxy, from 0 to 1 of the frame.

    Returns:
        Output of its steps, the time behind the channels: ``(N, C, T, ...)``.
    """
    size = (frames.shape[-2], frames.shape[-1])
    state, people = network.stream_state(1, size=size), network.roi_state(len(boxes))
    found = []
    for frame, own in zip(frames, boxes.unbind(1), strict=True):
        output, state, people = network.roi_step(frame[None], state, own, people)
        found.append(output)
    return torch.stack(found, dim=2)
