"""Who is on a frame, and where: found by a detector, or known beforehand."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.evaluation.online_linker import OnlineLinker


@dataclass(frozen=True)
class People:
    """The people on a frame.

    Args:
        ids: Of each of N, the number of the person in the video.
        boxes: ``(N, 4)`` xyxy, pixels of the frame.
        scores: ``(N,)`` in [0, 1].
    """

    ids: list[int]
    boxes: Tensor
    scores: Tensor

    def __len__(self) -> int:
        return len(self.ids)


class PeopleSource(Protocol):
    """Tells who is on a frame."""

    def __call__(self, number: int, frame: Tensor) -> People:
        """Return the people on the frame ``(3, H, W)`` with this number."""

    def alive(self) -> Collection[int]:
        """Ids of those who may be seen again."""

    def reset(self) -> None:
        """Forget everybody; ids go on."""


class FoundPeople:
    """Detect people on every n-th frame and link their boxes to persons.

    In between boxes move on as they moved between the last two detections; their size
    stays.

    Args:
        detect: From frames ``(1, 3, H, W)`` to one ``InstanceData`` with ``bboxes``
            and ``scores``, e.g. a ``stal_plugin.PersonDetector``.
        every: n.
        linker: Links boxes from detection to detection; of one class.
    """

    def __init__(
        self,
        detect: Callable[[Tensor], list[InstanceData]],
        every: int = 1,
        linker: OnlineLinker | None = None,
    ) -> None:
        if every < 1:
            raise ValueError(f"every={every} must be at least 1")
        self.detect = detect
        self.every = every
        self.linker = linker or OnlineLinker(num_classes=1)
        self._detections = 0  # so far; the linker counts them
        self._first_id = 0
        self.reset()

    def reset(self) -> None:
        """Forget everybody; ids go on."""
        self._first_id += self.linker.num_started
        self.linker.reset()
        self._people: People | None = None
        self._waited = 0
        self._number = 0
        self._speed: Tensor | None = None

    def alive(self) -> Collection[int]:
        """Ids of those who were seen lately."""
        return {self._first_id + track.track_id for track in self.linker.tracks}

    def __call__(self, number: int, frame: Tensor) -> People:
        """Return the people on a frame."""
        self._waited += 1
        if self._people is None or self._waited >= self.every:
            self._look(number, frame)
            assert self._people is not None
            return self._people
        if self._speed is None:
            return self._people
        shift = self._speed * (number - self._number)
        boxes = self._people.boxes + shift.repeat(1, 2)
        return People(self._people.ids, boxes, self._people.scores)

    def _look(self, number: int, frame: Tensor) -> None:
        (found,) = self.detect(frame[None])
        boxes = found.bboxes.detach().cpu().numpy().astype(np.float64)
        votes = found.scores.detach().cpu().numpy().astype(np.float64)[:, None]
        self._detections += 1
        tracks = self.linker.link(self._detections, boxes, votes)
        ids = [self._first_id + track.track_id for track in tracks]
        before, elapsed = self._people, number - self._number
        self._people = People(ids, found.bboxes, found.scores)
        self._waited, self._number = 0, number
        if before is not None and elapsed > 0 and self.every > 1:
            self._speed = speeds(before, self._people) / elapsed


def speeds(before: People, now: People) -> Tensor:
    """How far the centre of each person's box went.

    Args:
        before: People on an earlier frame.
        now: People on a later one.

    Returns:
        ``(N, 2)`` of those who are there now, 0 of who was not there before.
    """
    moved = now.boxes.new_zeros(len(now), 2)
    places = {person: place for place, person in enumerate(before.ids)}
    for row, person in enumerate(now.ids):
        if person in places:
            change = now.boxes[row] - before.boxes[places[person]]
            moved[row] = (change[:2] + change[2:]) / 2
    return moved


@dataclass
class GivenPeople:
    """People who are known beforehand, e.g. annotated ones.

    Args:
        frames: People by number of the frame.
    """

    frames: Mapping[int, People]
    _last: dict[int, int] = field(init=False)
    _now: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._last = {i: n for n in sorted(self.frames) for i in self.frames[n].ids}

    def __call__(self, number: int, frame: Tensor) -> People:
        """Return the people on a frame."""
        self._now = number
        nobody = People([], torch.zeros(0, 4), torch.zeros(0))  # frames may be bytes
        people = self.frames.get(number, nobody)
        return People(
            people.ids, people.boxes.to(frame.device), people.scores.to(frame.device)
        )

    def alive(self) -> Collection[int]:
        """Ids of those who are on this frame or a later one."""
        return {person for person, last in self._last.items() if last >= self._now}

    def reset(self) -> None:
        """Begin anew."""
        self._now = 0


def whole_frame(frame: Tensor) -> list[InstanceData]:
    """Detect one person who covers the frame ``(1, 3, H, W)``: no detector."""
    height, width = frame.shape[-2:]
    box = torch.tensor([[0.0, 0.0, width, height]], device=frame.device)
    return [InstanceData(bboxes=box, scores=box.new_ones(1))]
