"""An exported step on whole frames, run by an engine in place of torch."""

from typing import Any

import torch
from torch import Tensor

from stal_plugin.apis.exported.actor.parts import (
    LARGEST,
    RunPart,
    State,
    array,
    kept_shapes,
    zeros,
)
from stal_plugin.apis.exported.onnx_file import OnnxFile
from stal_plugin.apis.exported.runtime import Runtime

#: What the names of inputs begin with whose batch is people, not states of the video.
PEOPLE_INPUTS = ("boxes", "person")


class ExportedRoISteps(RunPart):
    """Exported clip network, RoIAlign and head, in the place of the clip network.

    The logits stand for the people's parts of its map; ``LogitHead`` is the head. The
    methods are those of ``RoISteps``.

    Args:
        file: What ``ActorRoIGraph`` was written to.
        runtime: Runs it.
        size: Pixels S per side of the frame.

    Raises:
        ValueError: The graph is of another kind.
    """

    def __init__(self, file: OnnxFile, runtime: Runtime, size: Any) -> None:
        super().__init__(file, runtime)
        shapes = dict(runtime.inputs)
        fits = shapes.pop("frame", None) == (3, size, size) and size <= LARGEST
        fits &= shapes.pop("boxes", None) == (4,)
        kept, own = (
            [name for name in shapes if name.startswith(PEOPLE_INPUTS) == of_person]
            for of_person in (False, True)
        )
        inputs = ["frame", "boxes", *kept, *own]
        outputs = ("logits", *(name.removesuffix(".1") for name in (*kept, *own)))
        endings = all(name.endswith(".1") for name in (*kept, *own))
        same = [*runtime.inputs] == inputs and runtime.outputs == outputs
        if not (fits and endings and same):
            raise ValueError(
                f"its graph takes {runtime.inputs} and gives {runtime.outputs}: that "
                f"is no step on frames of {size} pixels, at most {LARGEST}, with boxes"
            )
        self._kept = kept_shapes([shapes[name] for name in kept])
        self._own = kept_shapes([shapes[name] for name in own])

    def stream_state(self, batch_size: int, size: tuple[int, int]) -> State:
        """Return the state of a video that begins."""
        return zeros(batch_size, self._kept)

    def roi_state(self, batch_size: int) -> State:
        """Return what is kept of people who come."""
        return zeros(batch_size, self._own)

    def roi_step(
        self, views: Tensor, state: State, boxes: Tensor, people: State
    ) -> tuple[Tensor, State, State]:
        """Return logits ``(N, K)``, and what is kept of the video and of each person.

        Args:
            views: ``(F, 3, S, S)``, see ``RoISteps``.
            state: F rows.
            boxes: ``(N, 4)``.
            people: N rows.
        """
        count, fed = len(boxes), (boxes, *people)
        if not count:  # engines need not take a batch of nobody
            fed = tuple(part.new_zeros(1, *part.shape[1:]) for part in fed)
        tensors = (views, fed[0], *state, *fed[1:])
        feeds = {n: array(t) for n, t in zip(self.runtime.inputs, tensors, strict=True)}
        arrays = self.runtime(feeds)
        found = [torch.from_numpy(arrays[name]) for name in self.runtime.outputs]
        logits, kept = found[0][:count].to(views.device), found[1:]
        first = len(self._kept)
        return logits, tuple(kept[:first]), tuple(p[:count] for p in kept[first:])
