import hashlib
from pathlib import Path
from typing import Any

import onnx
import pytest
from fixtures.exportable_actors import actor_clips, inference_config

from stal_plugin.apis.exported.actor.write_actor import (
    actor_files,
    checked_actor_export,
)
from stal_plugin.apis.exported.exported_model import open_exported
from stal_plugin.apis.exported.tensorrt import tensorrt_problems
from stal_plugin.files.exported_files import people_path

TOLERANCE = (0.05, 1e-3)


def test_files_that_agree_are_kept(actor: Any, tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.onnx"
    assert actor_files(actor, path) == [path, people_path(path)]
    clips = [*actor_clips(2), actor_clips(1)[0][:, :, :40]]  # of two sizes
    metadata, parity = checked_actor_export(
        actor, inference_config(), path, clips, TOLERANCE
    )
    assert 0 < parity.boxes < 1e-3
    assert 0 < parity.scores < 1e-5
    assert parity.num_clips == 3
    assert sorted(p.name for p in path.parent.iterdir()) == ["a.onnx", "a.people.onnx"]
    digest = hashlib.sha256(people_path(path).read_bytes()).hexdigest()
    assert metadata.people is not None
    assert metadata.people.sha256 == digest
    assert open_exported(path)[1] == metadata


def test_files_that_differ_are_not_written(actor: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_text("as before")
    for tolerance in ((-1.0, 1.0), (1.0, -1.0)):
        with pytest.raises(ValueError, match=r"differs from PyTorch by .* not written"):
            checked_actor_export(
                actor, inference_config(), path, actor_clips(1), tolerance
            )
        assert [p.name for p in tmp_path.iterdir()] == ["a.onnx"]
        assert path.read_text() == "as before"


def test_files_have_standard_operators_and_no_names_of_files(
    actor_file: Path, frame_file: Path
) -> None:
    for path in (actor_file, people_path(actor_file), frame_file):
        content = onnx.load(path)
        assert {node.domain for node in content.graph.node} == {""}
        assert [(o.domain, o.version) for o in content.opset_import] == [("", 17)]
        texts = " ".join(entry.value for entry in content.metadata_props)
        assert ".onnx" not in texts


def test_tensorrt_is_not_known_to_refuse_them(
    actor_file: Path, frame_file: Path
) -> None:
    files = (actor_file, frame_file, people_path(actor_file))
    assert [tensorrt_problems(path) for path in files] == [[], [], []]
