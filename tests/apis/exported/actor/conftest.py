"""A tiny actor detector and its exported files."""

from pathlib import Path

import pytest
from fixtures.exportable_actors import exportable_actor, inference_config

from stal_plugin.apis.exported.actor.write_actor import write_actor
from stal_plugin.files.exported_files import people_path
from stal_plugin.models.detectors import ActorDetector


@pytest.fixture(scope="session")
def actor() -> ActorDetector:
    """Do not change it."""
    return exportable_actor()


@pytest.fixture(scope="session")
def actor_file(tmp_path_factory: pytest.TempPathFactory, actor: ActorDetector) -> Path:
    """The same as ONNX; the person detector lies beside it."""
    path = tmp_path_factory.mktemp("actor") / "a.onnx"
    write_actor(actor, inference_config(), path, people_path(path))
    return path
