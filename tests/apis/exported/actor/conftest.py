"""A tiny actor detector and its exported files."""

from pathlib import Path

import pytest
from fixtures.exportable_actors import FRAME_VIEW, exportable_actor, inference_config

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


@pytest.fixture(scope="session")
def frame_actor() -> ActorDetector:
    """One whose network sees whole frames; do not change it."""
    return exportable_actor(view=FRAME_VIEW)


@pytest.fixture(scope="session")
def frame_file(
    tmp_path_factory: pytest.TempPathFactory, frame_actor: ActorDetector
) -> Path:
    """The same as ONNX; the person detector lies beside it."""
    path = tmp_path_factory.mktemp("frames") / "a.onnx"
    config = inference_config(view=FRAME_VIEW)
    write_actor(frame_actor, config, path, people_path(path))
    return path
