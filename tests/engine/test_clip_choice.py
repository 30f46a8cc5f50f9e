import pytest

from stal_plugin.engine.own_config import choose_clip


@pytest.mark.parametrize(
    ("fps", "wanted", "expected"),
    [
        (25, 16, (16, 1)),
        (30, 16, (16, 1)),
        (60, 16, (16, 2)),
        (25, 8, (8, 2)),
        (15, 16, (8, 1)),
        (5, 16, (8, 1)),
        (50, 32, (32, 1)),
    ],
)
def test_clips_last_about_two_thirds_of_a_second(
    fps: float, wanted: int, expected: tuple[int, int]
) -> None:
    assert choose_clip(fps, wanted) == expected


def test_out_of_range() -> None:
    with pytest.raises(ValueError, match="fps=0 must be above 0"):
        choose_clip(0)
    with pytest.raises(ValueError, match="clip_len=12 in"):
        choose_clip(25, 12)
