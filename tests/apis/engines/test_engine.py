from unittest.mock import Mock

import pytest

from stal_plugin.apis import Engine, SharedBranches, SharedHeatmaps, WholeModel


@pytest.mark.parametrize("kind", [SharedBranches, SharedHeatmaps, WholeModel])
def test_frames_go_to_the_ring_and_reset_forgets_them(kind: type[Engine]) -> None:
    ring, frame = Mock(), Mock()
    engine = kind(Mock(), ring, stride=3)
    ring.reset.assert_called_once_with()
    engine.push(7, frame)
    ring.push.assert_called_once_with(7, frame)
    engine.reset()
    assert ring.reset.call_count == 2
    assert engine.stride == 3


def test_an_engine_has_to_say_how_it_detects() -> None:
    with pytest.raises(TypeError, match="predict"):
        Engine(Mock(), Mock())  # type: ignore[abstract]
