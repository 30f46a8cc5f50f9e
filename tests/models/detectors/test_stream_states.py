from typing import Any

import pytest
import torch

from stal_plugin.models.detectors.stream_states import (
    StreamStates,
    joined_states,
    state_like,
    state_rows,
    state_tensors,
)


def _sum_state(batch_size: int) -> tuple:
    return torch.zeros(batch_size, 1), {"count": torch.zeros(batch_size)}


def _add(values: torch.Tensor) -> Any:
    """A step that adds a value to each row's sum and gives the sum."""

    def run(rows: list[int], state: Any) -> tuple:
        total, more = state
        total = total + values[rows][:, None]
        return total, (total, {"count": more["count"] + 1})

    return run


def test_rows_and_joining_are_inverse() -> None:
    state = (torch.arange(6.0).view(3, 2), {"a": torch.arange(3)}, [torch.ones(3)])
    rows = [state_rows(state, i, i + 1) for i in range(3)]
    assert rows[1][0].tolist() == [[2, 3]]
    back = joined_states(rows)
    assert isinstance(back[2], list)
    assert torch.equal(back[0], state[0])
    assert torch.equal(back[1]["a"], state[1]["a"])
    assert state_rows({}, 0, 1) == joined_states([{}, {}]) == {}


def test_each_actor_has_a_sum_of_its_own() -> None:
    states = StreamStates(_sum_state)
    assert states.step([4, 9], _add(torch.tensor([1.0, 10]))).flatten().tolist() == [
        1,
        10,
    ]
    out = states.step([9, 7, 4], _add(torch.tensor([20.0, 100, 2])))
    assert out.flatten().tolist() == [30, 100, 3]
    assert [states.age(i) for i in (4, 9, 7, 1)] == [2, 2, 1, 0]


def test_who_is_not_kept_begins_anew() -> None:
    states = StreamStates(_sum_state)
    states.step([1, 2], _add(torch.tensor([5.0, 6])))
    states.keep({2})
    assert states.ids == [2]
    out = states.step([1, 2], _add(torch.tensor([1.0, 1])))
    assert out.flatten().tolist() == [1, 7]


def test_history_forgets_what_is_older() -> None:
    """Steps add 1, so that the sum is the number of steps that count."""
    states = StreamStates(_sum_state, history=4)
    sums = [float(states.step([0], _add(torch.ones(1)))) for _ in range(12)]
    assert sums == [1, 2, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4]


def test_gathered_states_of_two_ages_count_the_older_one() -> None:
    states = StreamStates(_sum_state, history=4)
    for _ in range(2):
        states.step([5], _add(torch.ones(1)))
    rows, (sums, _) = states.gather([8, 5])
    assert rows == [0, 1, 1]
    assert sums.flatten().tolist() == [0, 2, 0]
    joined = (sums + 1, {"count": torch.zeros(3)})
    assert states.scatter([8, 5], rows, joined) == [0, 1]
    assert [states.age(actor) for actor in (8, 5)] == [1, 3]
    assert states.gather([5])[1][0].flatten().tolist() == [3, 1]


def test_nobody_has_a_state_of_no_rows() -> None:
    states = StreamStates(_sum_state)
    rows, (sums, more) = states.gather([])
    assert rows == []
    assert (sums.shape, more["count"].shape) == ((0, 1), (0,))
    assert states.scatter([], rows, (sums, more)) == []
    assert len(states) == 0


@pytest.mark.parametrize("history", [1, -1])
def test_too_short_a_history_is_refused(history: int) -> None:
    with pytest.raises(ValueError, match="must be 0 or at least 2"):
        StreamStates(_sum_state, history)


def test_without_history_nothing_is_forgotten() -> None:
    states = StreamStates(_sum_state)
    sums = [float(states.step([3], _add(torch.ones(1)))) for _ in range(20)]
    assert sums[-1] == 20
    assert len(states) == 1


def test_tensors_of_a_state_and_back() -> None:
    count = torch.tensor([3], dtype=torch.int64)
    state = {"a": (torch.ones(1, 2), [torch.zeros(1)]), "b": count}
    tensors = state_tensors(state)
    assert [tuple(t.shape) for t in tensors] == [(1, 2), (1,), (1,)]
    doubled = state_like(state, iter([t.float() * 2 for t in tensors]))
    assert doubled["a"][0].tolist() == [[2, 2]]
    assert isinstance(doubled["a"][1], list)
    assert doubled["b"].dtype == torch.int64
    assert doubled["b"].item() == 6
