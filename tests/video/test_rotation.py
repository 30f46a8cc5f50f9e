from types import SimpleNamespace

import pytest

from stal_plugin.video.video_probe import quarter_turns


@pytest.mark.parametrize(
    ("degrees", "turns"), [(0, 0), (90, 1), (180, 2), (-180, 2), (-90, 3), (270, 3)]
)
def test_quarter_turns(degrees: int, turns: int) -> None:
    assert quarter_turns(SimpleNamespace(rotation=degrees), "v.mp4") == turns


def test_other_angles_are_refused() -> None:
    with pytest.raises(ValueError, match=r"v\.mp4 is rotated by 45 degrees"):
        quarter_turns(SimpleNamespace(rotation=45), "v.mp4")
