"""An actor detector on the frames of a video, one after the other."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stal_plugin.models.detectors.actor_people import People, PeopleSource
from stal_plugin.models.detectors.actor_views import crop_views, square_boxes
from stal_plugin.models.detectors.roi_steps import roi_steps
from stal_plugin.models.detectors.stream_states import StreamStates


@dataclass(frozen=True)
class ActorView:
    """What the clip network sees.

    Args:
        kind: ``'crop'``: of each actor a square around the box, along the track.
            ``'frame'``: the whole frame; the actor's map is cut out of its map.
        size: Pixels per side of the network's input.
        context: Side of the square, in longer sides of the box.
        parts: Parts per side that the box is cut into, of 'frame'.
        history: Steps after which the state of an actor is replaced, see
            ``StreamStates``; 0: never.
    """

    kind: str = "crop"
    size: int = 172
    context: float = 1.3
    parts: int = 3
    history: int = 0

    def __post_init__(self) -> None:
        if self.kind not in ("crop", "frame"):
            raise ValueError(f"view.kind={self.kind!r} must be 'crop' or 'frame'")
        if self.size < 1 or self.context <= 0 or self.parts < 1:
            raise ValueError(
                f"view: size={self.size} and parts={self.parts} must be at least 1, "
                f"context={self.context} above 0"
            )


@dataclass(frozen=True)
class ActorsNow:
    """What is known of the actors on a frame.

    Args:
        people: Those who were looked at already.
        output: ``(N, ...)`` what the head last said of each.
        steps: Of each, how many steps it was looked at, all in all.
        age: Frames since the network looked, 0 if it did now.
    """

    people: People
    output: Tensor
    steps: list[int]
    age: int


class ActorStream:
    """Follow the actors of a video and step the clip network for all of them at once.

    Who comes is looked at from the next step on; the state of who has gone is dropped
    when the linker gives the person up. Memory depends on the number of people only.

    Args:
        network: Clip network with ``stream_state`` and ``step``, see
            ``stal_plugin.ActorDetector``.
        head: Head with ``stream_state`` and ``step``.
        view: What the network sees.
        people: Tells who is on a frame.
        interval: Frames from one step of the network to the next; a fraction too.
    """

    def __init__(
        self,
        network: Any,
        head: Any,
        view: ActorView,
        people: PeopleSource,
        interval: float = 1.0,
    ) -> None:
        self.network = network
        self.head = head
        self.view = view
        self.people = people
        self.interval = interval
        self.states = StreamStates(self._new_state, view.history)
        self.frame_states = StreamStates(self._new_network_state, view.history)
        self.reset()

    def reset(self) -> None:
        """Forget everybody, because frames are missing."""
        self.people.reset()
        self.states.keep(())
        self.frame_states.keep(())
        self._due: float | None = None
        self._last_step = 0
        self._size: torch.Size | None = None
        self._output: dict[int, Tensor] = {}
        self._steps: dict[int, int] = {}

    def __call__(self, number: int, frame: Tensor) -> ActorsNow:
        """Take in a frame.

        Args:
            number: Its number, larger than the one before.
            frame: ``(3, H, W)`` RGB, 0 to 255. Another size than before starts anew.
        """
        if self._size is not None and frame.shape != self._size:
            self.reset()
        self._size = frame.shape
        people = self.people(number, frame)
        if self._due is None or number >= self._due - 0.5:
            begin = number if self._due is None else self._due
            # after frames that were left out, the rhythm starts anew
            self._due = max(begin, number - self.interval / 2) + self.interval
            self._last_step = number
            self._step(frame, people)
        rows = [row for row, actor in enumerate(people.ids) if actor in self._output]
        known = People(
            [people.ids[row] for row in rows], people.boxes[rows], people.scores[rows]
        )
        output = [self._output[actor] for actor in known.ids]
        return ActorsNow(
            known,
            torch.stack(output) if output else people.boxes.new_zeros(0, 0),
            [self._steps[actor] for actor in known.ids],
            number - self._last_step,
        )

    def _step(self, frame: Tensor, people: People) -> None:
        alive = self.people.alive()
        self.states.keep(alive)
        self._output = {i: o for i, o in self._output.items() if i in alive}
        self._steps = {i: n for i, n in self._steps.items() if i in alive}
        look = self._look_at_frame if self.view.kind == "frame" else self._look_at_crops
        output = look(frame, people)
        for actor, row in zip(people.ids, output, strict=True):
            self._output[actor] = row
            self._steps[actor] = self._steps.get(actor, 0) + 1

    def _look_at_crops(self, frame: Tensor, people: People) -> Tensor:
        """Output of the head for each person, from a square around each."""
        if not len(people):
            return people.scores[:0]
        squares = square_boxes(people.boxes, self.view.context)
        views = crop_views(frame.float() / 255, squares, self.view.size)

        def run(rows: list[int], state: dict[str, Any]) -> tuple[Tensor, Any]:
            maps, own = self.network.step(views[rows], state["network"])
            output, head = self.head.step(maps, state["head"])
            return output, {"network": own, "head": head}

        return self.states.step(people.ids, run)

    def _look_at_frame(self, frame: Tensor, people: People) -> Tensor:
        """Output of the head for each person, from one look at the whole frame.

        The network goes on where nobody is seen.
        """
        height, width = frame.shape[-2:]
        whole = torch.nn.functional.interpolate(
            frame[None].float() / 255,
            (self.view.size, self.view.size),
            mode="bilinear",
            align_corners=False,
        )
        boxes = people.boxes / people.boxes.new_tensor([width, height, width, height])
        views, state = self.frame_states.gather([0])
        rows, own = self.states.gather(people.ids)
        steps = roi_steps(self.network, self.view.parts)
        maps, state, kept = steps.roi_step(
            whole[views], state, boxes[rows], own["network"]
        )
        self.frame_states.scatter([0], views, state)
        if not len(people):
            return people.scores[:0]
        output, head = self.head.step(maps, own["head"])
        kept = {"network": kept, "head": head}
        return output[self.states.scatter(people.ids, rows, kept)]

    def _new_network_state(self, batch_size: int) -> Any:
        size = (self.view.size, self.view.size)
        return self.network.stream_state(batch_size, size=size)

    def _new_state(self, batch_size: int) -> dict[str, Any]:
        if self.view.kind == "crop":
            network = self._new_network_state(batch_size)
        else:
            network = roi_steps(self.network, self.view.parts).roi_state(batch_size)
        return {"network": network, "head": self.head.stream_state(batch_size)}


class VectorHead:
    """In place of a head: what the head averages over time, for keeping on disk.

    Args:
        head: A ``stal_plugin.ActorHead``, or another with ``vectors``.
    """

    def __init__(self, head: Any) -> None:
        self.head = head

    def stream_state(self, batch_size: int) -> dict[str, Tensor]:
        """Nothing is remembered."""
        return {}

    def step(self, maps: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Return the vectors ``(N, D)`` of maps ``(N, C, h, w)``."""
        return self.head.vectors(maps), state
