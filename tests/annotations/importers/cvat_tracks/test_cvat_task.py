from dataclasses import FrozenInstanceError

import pytest

from stal_plugin.annotations.importers.cvat_tracks import CvatTask


def test_an_unknown_task_starts_at_frame_0_and_has_no_end() -> None:
    task = CvatTask("3", "c0")
    assert (task.first_frame, task.last_frame, task.width) == (0, None, None)
    with pytest.raises(FrozenInstanceError):
        task.name = "c1"  # type: ignore[misc]
