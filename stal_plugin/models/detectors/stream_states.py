"""States of a streaming network, one for each actor."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor


def state_rows(state: Any, start: int, stop: int) -> Any:
    """Rows of a state: of each of its tensors, the first dimension is the batch.

    Args:
        state: Tensors in tuples, lists and dicts.
        start: First row.
        stop: Row after the last.
    """
    if isinstance(state, Tensor):
        return state[start:stop]
    if isinstance(state, dict):
        return {key: state_rows(part, start, stop) for key, part in state.items()}
    return type(state)(state_rows(part, start, stop) for part in state)


def joined_states(states: Sequence[Any]) -> Any:
    """Put states, one after the other, into one.

    Args:
        states: One or more of the same form.
    """
    first = states[0]
    if isinstance(first, Tensor):
        return torch.cat(list(states))
    if isinstance(first, dict):
        return {key: joined_states([s[key] for s in states]) for key in first}
    parts = zip(*states, strict=True)
    return type(first)(joined_states(list(part)) for part in parts)


def state_tensors(state: Any) -> list[Tensor]:
    """Tensors of a state, in order."""
    if isinstance(state, Tensor):
        return [state]
    parts = state.values() if isinstance(state, dict) else state
    return [tensor for part in parts for tensor in state_tensors(part)]


def state_like(state: Any, tensors: Iterator[Tensor]) -> Any:
    """State of the form and number formats of another, made of tensors in order."""
    if isinstance(state, Tensor):
        return next(tensors).to(state.dtype)
    if isinstance(state, dict):
        return {key: state_like(part, tensors) for key, part in state.items()}
    return type(state)([state_like(part, tensors) for part in state])


class StreamStates:
    """A state for each actor, as rows of the batch that is stepped together.

    With a ``history`` it forgets. The networks of a stream average over all that they
    saw; an actor who sits down after an hour would be said to stand for another. So an
    actor gets a second state when the first is half a history old, both are stepped,
    and when the first is a history old the second takes its place. What counts is
    then never younger than half a history, nor older than a whole one.

    Args:
        new: Makes the state of a batch of that many.
        history: Steps after which a state is replaced; 0: never.

    Raises:
        ValueError: ``history`` is 1 or below 0.
    """

    def __init__(self, new: Callable[[int], Any], history: int = 0) -> None:
        if history < 0 or history == 1:
            raise ValueError(f"history={history} must be 0 or at least 2")
        self.new = new
        self.history = history
        self._states: dict[int, list[tuple[int, Any]]] = {}  # age and state

    def __len__(self) -> int:
        return len(self._states)

    @property
    def ids(self) -> list[int]:
        """The actors that have a state."""
        return list(self._states)

    def age(self, actor: int) -> int:
        """Steps that the state which counts has seen; 0 of an actor without one."""
        return self._states[actor][0][0] if actor in self._states else 0

    def keep(self, actors: Collection[int]) -> None:
        """Drop the states of all other actors."""
        self._states = {i: s for i, s in self._states.items() if i in actors}

    def step(
        self, actors: Sequence[int], run: Callable[[list[int], Any], tuple[Tensor, Any]]
    ) -> Tensor:
        """Step several actors at once.

        Args:
            actors: Their ids; those without a state begin with a new one.
            run: From rows (places in ``actors``, those with two states twice) and the
                joined state to output, a row for each, and the next state.

        Returns:
            Output rows of ``actors``, in order, from the states that count.
        """
        rows, joined = self.gather(actors)
        output, joined = run(rows, joined)
        return output[self.scatter(actors, rows, joined)]

    def gather(self, actors: Sequence[int]) -> tuple[list[int], Any]:
        """Begin a step: put the states of actors into one.

        Args:
            actors: Their ids; those without a state begin with a new one.

        Returns:
            Rows (places in ``actors``, those with two states twice, the one that counts
            first) and the joined state, of no rows where there are no actors.
        """
        for actor in actors:
            self._renew(actor)
        entries = [(row, s) for row, a in enumerate(actors) for _, s in self._states[a]]
        joined = joined_states([s for _, s in entries]) if entries else self.new(0)
        return [row for row, _ in entries], joined

    def scatter(
        self, actors: Sequence[int], rows: Sequence[int], joined: Any
    ) -> list[int]:
        """End a step: give each actor its states.

        Args:
            actors: As for :meth:`gather`.
            rows: What it returned.
            joined: The next state.

        Returns:
            Of each actor, the place in ``rows`` of the state that counts.
        """
        ages = {actor: [age for age, _ in self._states[actor]] for actor in actors}
        first: dict[int, int] = {}
        for actor in actors:
            self._states[actor] = []
        for place, row in enumerate(rows):
            first.setdefault(row, place)
            own, state = self._states[actors[row]], state_rows(joined, place, place + 1)
            own.append((ages[actors[row]][len(own)] + 1, state))
        return [first[row] for row in range(len(actors))]

    def _renew(self, actor: int) -> None:
        """Begin a state, or a second one, and end one that is too old."""
        states = self._states.setdefault(actor, [(0, self.new(1))])
        if self.history and states[0][0] >= self.history:
            del states[0]
        if self.history and len(states) == 1 and states[0][0] >= self.history // 2:
            states.append((0, self.new(1)))
