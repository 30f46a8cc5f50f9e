"""Annotated people of a video as tubes, and their variants."""

import numpy as np
import torch
from numpy.typing import NDArray

from stal_plugin.models.detectors.actor_people import GivenPeople, People


def tubes_of(
    frames: NDArray, persons: NDArray, boxes: NDArray, lead: int = 0
) -> dict[int, tuple[NDArray, NDArray]]:
    """Fill up the frames between those on which a person is annotated.

    Args:
        frames: ``(R,)`` 1-based.
        persons: ``(R,)`` number of the person.
        boxes: ``(R, 4)`` xyxy.
        lead: Frames before the first of a person that belong to the tube as well, as
            far as the video has them; the first box stands for them.

    Returns:
        Of each person all frames from the first to the last ``(F,)`` and boxes
        ``(F, 4)``, linear between the annotated ones.
    """
    tubes = {}
    for person in np.unique(persons).tolist():
        own = np.flatnonzero(persons == person)
        known, first = np.unique(frames[own], return_index=True)
        corners = boxes[own][first]
        every = np.arange(max(known[0] - lead, 1), known[-1] + 1)
        filled = [np.interp(every, known, corners[:, k]) for k in range(4)]
        tubes[person] = (every, np.stack(filled, axis=1))
    return tubes


def given_people(
    tubes: dict[int, tuple[NDArray, NDArray]],
    variant: int = 0,
    jitter: float = 0.0,
    seed: int = 0,
) -> GivenPeople:
    """Make a source of people out of tubes.

    Args:
        tubes: From :func:`tubes_of`, boxes in pixels.
        variant: 0: as they are. Else each tube is shifted and scaled as a whole.
        jitter: By up to this share of the sides.
        seed: Seed of that.
    """
    frames: dict[int, list[tuple[int, NDArray]]] = {}
    for person, (numbers, boxes) in tubes.items():
        moved = boxes
        if variant:
            key = (seed, variant, abs(int(person)))
            moved = moved_tube(boxes, jitter, np.random.default_rng(key))
        for number, box in zip(numbers.tolist(), moved, strict=True):
            frames.setdefault(number, []).append((person, box))
    people = {}
    for number, own in frames.items():
        boxes = np.array([box for _, box in own], np.float32)
        scores = torch.ones(len(own))
        people[number] = People([p for p, _ in own], torch.from_numpy(boxes), scores)
    return GivenPeople(people)


def moved_tube(
    boxes: NDArray, amount: float, generator: np.random.Generator
) -> NDArray:
    """Shift and scale all boxes of a tube alike.

    Args:
        boxes: ``(F, 4)`` xyxy.
        amount: Centre and sides change by up to this share of the sides.
        generator: Source of the random numbers.
    """
    draws = generator.uniform(-amount, amount, 4)
    sides = boxes[:, 2:] - boxes[:, :2]
    center = (boxes[:, 2:] + boxes[:, :2]) / 2 + draws[:2] * sides
    half = sides * (1 + draws[2:]) / 2
    return np.concatenate([center - half, center + half], axis=1)


def mirrored_people(people: GivenPeople, width: int) -> GivenPeople:
    """Mirror the boxes of people left to right, in frames of that width."""
    frames = {}
    for number, own in people.frames.items():
        x1, y1, x2, y2 = own.boxes.unbind(1)
        boxes = torch.stack([width - x2, y1, width - x1, y2], dim=1)
        frames[number] = People(own.ids, boxes, own.scores)
    return GivenPeople(frames)
