import torch
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling


def _frame(number: int, size: int = 2) -> torch.Tensor:
    return torch.full((3, size, size), float(number))


def _clip(ring: ClipRing) -> list[int]:
    return ring.clip()[0, 0, :, 0, 0].int().tolist()


def test_starts_with_the_first_frame_repeated() -> None:
    ring = ClipRing(ClipSampling(3, 2))
    for number, expected in [(1, [1, 1, 1]), (2, [1, 1, 2]), (3, [1, 1, 3])]:
        ring.push(number, _frame(number))
        assert _clip(ring) == expected
    for number in range(4, 9):
        ring.push(number, _frame(number))
    assert _clip(ring) == [4, 6, 8]
    assert ring.clip().shape == (1, 3, 3, 2, 2)
    assert ring.newest.shape == (1, 3, 2, 2)
    assert ring.newest[0, 0, 0, 0] == 8


@given(st.sets(st.integers(1, 60), min_size=1), st.integers(1, 6), st.integers(1, 3))
def test_lost_frames_are_replaced_by_the_one_before(
    numbers: set[int], clip_len: int, interval: int
) -> None:
    ring = ClipRing(ClipSampling(clip_len, interval))
    for number in sorted(numbers):
        ring.push(number, _frame(number))
        assert len(ring._frames) <= ring.sampling.span
    newest = max(numbers)
    held = sorted(numbers)[-ring.sampling.span :]
    wanted = [newest - interval * k for k in range(clip_len)][::-1]
    assert _clip(ring) == [
        max([n for n in held if n <= w], default=held[0]) for w in wanted
    ]


def test_new_size_and_reset() -> None:
    ring = ClipRing(ClipSampling(2))
    ring.push(1, _frame(1))
    ring.push(2, _frame(2, size=4))
    assert _clip(ring) == [2, 2]
    ring.reset()
    ring.push(3, _frame(3))
    assert _clip(ring) == [3, 3]
