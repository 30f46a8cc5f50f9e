import numpy as np
import pytest

from stal_plugin.apis.exported.step_memory import (
    StepMemory,
    check_lags,
    input_names,
)

LAGS = {"kept0": (4, 2), "kept1": (1,)}
INPUTS = {"frame": (3, 8, 8), "kept0.4": (2,), "kept0.2": (2,), "kept1.1": (1,)}


def test_outputs_come_back_after_their_lags() -> None:
    memory = StepMemory(LAGS, INPUTS, 2)
    for t in range(8):
        feeds = memory.feeds()
        assert feeds["kept0.4"].tolist() == [[max(t - 3, 0)] * 2] * 2
        assert feeds["kept0.2"].tolist() == [[max(t - 1, 0)] * 2] * 2
        assert feeds["kept1.1"].tolist() == [[-t]] * 2
        now = np.full((2, 2), t + 1.0, np.float32)
        memory.take({"boxes": now, "kept0": now, "kept1": -now[:, :1]})


def test_names() -> None:
    assert input_names(LAGS) == [*INPUTS][1:]


@pytest.mark.parametrize(
    ("lags", "outputs", "message"),
    [
        ({"kept0": (4, 2)}, ("kept0", "kept1"), "are not those that its settings"),
        (LAGS, ("kept0",), "are not those that its settings"),
        ({**LAGS, "kept1": ()}, ("kept0", "kept1"), "are not those"),
    ],
)
def test_graphs_of_another_kind(lags: dict, outputs: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_lags(lags, INPUTS, outputs)


def test_bounds() -> None:
    check_lags(LAGS, INPUTS, ("boxes", "kept0", "kept1"))
    for lag, shape, message in (
        (0, (2,), "cannot keep"),
        (10**9, (2,), "cannot keep 'a' for"),
        (4000, (1 << 20,), "would keep 16,777,216,000 bytes"),
    ):
        inputs = {"frame": (3, 8, 8), f"a.{lag}": shape}
        with pytest.raises(ValueError, match=message):
            check_lags({"a": (lag,)}, inputs, ("a",))
    with pytest.raises(ValueError, match="cannot keep 'a'"):
        check_lags({"a": ()}, {"frame": ()}, ("a",))
