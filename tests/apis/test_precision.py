from types import SimpleNamespace

import pytest
import torch

from stal_plugin.apis import precision
from stal_plugin.apis.precision import ALL_PRECISIONS, Precision, fastest


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list:
    now = [0.0]
    monkeypatch.setattr(precision.time, "perf_counter", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("seconds", "winner"),
    [([4, 3, 2, 1], 3), ([4, 3, 1, 2], 2), ([1, 0.95, 1, 1], 0), ([1, 2, 3, 4], 0)],
)
def test_fastest_wins_if_worthwhile(clock: list, seconds: list, winner: int) -> None:
    runs = []

    def run(option: Precision) -> None:
        runs.append(option)
        warm_up = runs.count(option) == 1
        clock[0] += 100 if warm_up else seconds[ALL_PRECISIONS.index(option)]

    assert fastest(run, seconds=1e9) == ALL_PRECISIONS[winner]
    slow = [place for place in range(1, 4) if seconds[place] > 2 * min(seconds[:place])]
    assert [runs.count(p) for p in ALL_PRECISIONS] == [
        2 if place in slow else 4 for place in range(4)
    ]


def test_no_further_format_is_tried_after_a_while(clock: list) -> None:
    runs = []

    def run(option: Precision) -> None:
        runs.append(option)
        clock[0] += 2.0 if option == ALL_PRECISIONS[0] else 1.0

    assert fastest(run, seconds=10.0) == ALL_PRECISIONS[1]
    assert len(runs) == 4 + 4  # 8 seconds, then 4
    assert fastest(run, seconds=0.0) == ALL_PRECISIONS[0]


def test_names() -> None:
    assert [str(p) for p in (*ALL_PRECISIONS[:2], Precision(True))] == [
        "fp32, contiguous",
        "amp, channels last",
        "amp",
    ]


def test_autocast_and_layout() -> None:
    cpu = torch.device("cpu")
    x = torch.ones(2, 2)
    with Precision(amp=True).autocast(cpu):
        assert (x @ x).dtype == torch.bfloat16
    with Precision().autocast(cpu):
        assert (x @ x).dtype == torch.float32
    model = SimpleNamespace(backbone=SimpleNamespace(channels_last=True))
    Precision().apply(model)
    assert model.backbone.channels_last is True
    Precision(channels_last=False).apply(model)
    assert model.backbone.channels_last is False
    Precision(channels_last=True).apply(SimpleNamespace())  # no such backbone
