"""A step of an actor detector whose clip network sees the whole frame, as a graph."""

from typing import Any

import torch
from torch import Tensor, nn

from stal_plugin.apis.exported.actor.graphs import (
    ActorStepGraph,
    grey,
    handed_on,
    kept_names,
)
from stal_plugin.models.detectors import ActorDetector
from stal_plugin.models.detectors.fused_copy import fused_copy
from stal_plugin.models.detectors.stream_states import state_like
from stal_plugin.models.roi_align import SAMPLES, parts_of_boxes


class ActorRoIGraph(nn.Module):
    """One step of clip network, RoIAlign and head: one look for all people of a frame.

    The number F of states of a video is apart from the number N of people: F is 2 while
    a state is about to be replaced (``view.history``), else 1.

    Args:
        model: Actor detector whose clip network sees the whole frame.

    Attributes:
        kept: Names of what is kept of the video.
        own: Names of what is kept of each person.

    Shape:
        inputs: frame ``(F, 3, S, S)`` in [0, 1], the same for each state; boxes
        ``(N, 4)`` xyxy from 0 to 1 of the frame; then what the step before kept of the
        video, ``(F, ...)``, and of each person, ``(N, ...)``, float32, zero before the
        first; outputs: logits ``(N, K)`` from the map of the first state, then what is
        to be kept, in the same order.

    Raises:
        ValueError: Network or head does not begin with zeros.
    """

    def __init__(self, model: ActorDetector) -> None:
        super().__init__()
        self.network = fused_copy(model.clip_network)
        self.head = model.head
        self.size, self.parts = model.view.size, model.view.parts
        self._begun, self._begun_own = self._state(1), self._own(1)
        self.kept = kept_names("kept", self._begun)
        self.own = kept_names("person", self._begun_own)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("frame", "boxes", *(f"{name}.1" for name in (*self.kept, *self.own)))

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return ("logits", *self.kept, *self.own)

    @property
    def free(self) -> dict[str, dict[int, str]]:
        """Names of free sizes: the batch is states of the video, or people."""
        people = ("boxes", "logits", *self.own, *(f"{name}.1" for name in self.own))
        names = (*self.inputs, *self.outputs)
        return {n: {0: "people" if n in people else "states"} for n in names}

    def forward(
        self, frame: Tensor, boxes: Tensor, *earlier: Tensor
    ) -> tuple[Tensor, ...]:
        """Return logits, then what is to be kept."""
        tensors = iter(earlier)
        state = state_like(self._begun, tensors)
        own = state_like(self._begun_own, tensors)
        maps, state = self.network.step(frame, state)
        # ONNX's own operator has zeros beyond the map; here its border goes on
        parts = parts_of_boxes(maps[:1].float(), boxes[None], self.parts, SAMPLES)[0]
        logits, own = self.head.step(parts, own)
        return (logits, *handed_on(state), *handed_on(own))

    def example(self) -> tuple[Tensor, ...]:
        """A grey frame, two states, three people who come."""
        boxes = torch.tensor([[0.1, 0.1, 0.5, 0.9]]).repeat(3, 1)
        kept = (*handed_on(self._state(2)), *handed_on(self._own(3)))
        return (grey(2, self.size), boxes, *kept)

    def _state(self, batch_size: int) -> Any:
        return self.network.stream_state(batch_size, size=(self.size, self.size))

    def _own(self, batch_size: int) -> Any:
        return self.head.stream_state(batch_size)


def actor_graph(model: ActorDetector) -> ActorStepGraph | ActorRoIGraph:
    """Return the step of an actor detector as a graph.

    Args:
        model: In test mode.

    Raises:
        ValueError: Network or head does not begin with zeros.
    """
    graph = ActorRoIGraph if model.view.kind == "frame" else ActorStepGraph
    return graph(model).eval()
