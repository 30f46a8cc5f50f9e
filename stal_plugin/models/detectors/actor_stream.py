"""An actor detector on the frames of a video, one after the other."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stal_plugin.models.detectors.actor_people import People, PeopleSource
from stal_plugin.models.detectors.actor_views import crop_views, square_boxes
from stal_plugin.models.detectors.stream_states import StreamStates
from stal_plugin.models.roi_align import roi_align


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
            torch.stack(output) if output else frame.new_zeros(0, 0),
            [self._steps[actor] for actor in known.ids],
            number - self._last_step,
        )

    def _step(self, frame: Tensor, people: People) -> None:
        alive = self.people.alive()
        self.states.keep(alive)
        self._output = {i: o for i, o in self._output.items() if i in alive}
        self._steps = {i: n for i, n in self._steps.items() if i in alive}
        maps = self._frame_maps(frame) if self.view.kind == "frame" else None
        if not len(people):
            return
        looked = frame.float() / 255 if maps is None else maps
        output = self._look(looked, people, frame.shape[-2:])
        for actor, row in zip(people.ids, output, strict=True):
            self._output[actor] = row
            self._steps[actor] = self._steps.get(actor, 0) + 1

    def _look(self, looked: Tensor, people: People, size: torch.Size) -> Tensor:
        """Output of the head for each person; ``looked`` is the frame or its map."""
        shape = (size[0], size[1])
        if self.view.kind == "frame":
            parts = roi_align(looked, [people.boxes], shape, self.view.parts)
        else:
            squares = square_boxes(people.boxes, self.view.context)
            parts = crop_views(looked, squares, self.view.size)

        def run(rows: list[int], state: dict[str, Any]) -> tuple[Tensor, Any]:
            maps, own = parts[rows], state["network"]
            if self.view.kind == "crop":
                maps, own = self.network.step(maps, own)
            output, head = self.head.step(maps, state["head"])
            return output, {"network": own, "head": head}

        return self.states.step(people.ids, run)

    def _frame_maps(self, frame: Tensor) -> Tensor:
        """Map ``(1, C, h, w)`` of the whole frame."""
        size = (self.view.size, self.view.size)
        whole = torch.nn.functional.interpolate(
            frame[None].float() / 255, size, mode="bilinear", align_corners=False
        )
        step = self.network.step
        return self.frame_states.step([0], lambda rows, s: step(whole[rows], s))

    def _new_network_state(self, batch_size: int) -> Any:
        size = (self.view.size, self.view.size)
        return self.network.stream_state(batch_size, size=size)

    def _new_state(self, batch_size: int) -> dict[str, Any]:
        crop = self.view.kind == "crop"
        return {
            "network": self._new_network_state(batch_size) if crop else {},
            "head": self.head.stream_state(batch_size),
        }


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
