from unittest.mock import Mock

import pytest

from stal_plugin.apis.engines import Engine, SharedBranches, SharedHeatmaps, WholeModel


@pytest.mark.parametrize("kind", [SharedBranches, SharedHeatmaps, WholeModel])
def test_engines_have_all_parts_of_the_protocol(kind: type) -> None:
    engine: Engine = kind(Mock(), Mock())
    names = {n for n in vars(Engine) if not n.startswith("_")}
    assert names == {"push", "predict", "reset"}
    assert all(callable(getattr(engine, name)) for name in names)
