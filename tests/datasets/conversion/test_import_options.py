import dataclasses

import pytest

from stal_plugin.datasets.conversion.import_options import ImportOptions


def test_defaults_change_nothing() -> None:
    options = ImportOptions()
    assert options.rule.actions("wipe", {"a": "b"}) == ["wipe"]
    assert (options.frame_base, options.unit, options.size) == (None, None, None)
    assert (options.rotate, options.start, options.tolerance) == (0, 0.0, 2.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.rotate = 90  # type: ignore[misc]
