"""What an engine runs in place of the networks, against torch."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fixtures.actors import CLASSES
from fixtures.exportable_actors import actor_clips
from torch import Tensor

from stal_plugin.apis.exported.actor.metadata import PeopleFile
from stal_plugin.apis.exported.actor.parts import (
    ExportedDetector,
    ExportedSteps,
    LogitHead,
)
from stal_plugin.apis.exported.onnx_file import OnnxFile, read_onnx
from stal_plugin.apis.exported.open_runtime import open_runtime
from stal_plugin.apis.exported.runtime import Runtime
from stal_plugin.files.exported_files import people_path

ENGINES = ("onnxruntime", "openvino")


def _steps(path: Path, engine: str) -> ExportedSteps:
    pytest.importorskip(engine)
    file = read_onnx(path)
    return ExportedSteps(file, open_runtime(file, engine, varying=True), 16)


def _original(model: Any, views: Tensor, state: Any) -> tuple[Tensor, Any]:
    maps, network = model.clip_network.step(views, state[0])
    logits, head = model.head.step(maps, state[1])
    return logits, (network, head)


def _begun(model: Any, count: int) -> tuple:
    return model.clip_network.stream_state(count, (16, 16)), model.head.stream_state(
        count
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_steps_of_any_number_of_people(
    actor: Any, actor_file: Path, engine: str
) -> None:
    exported = _steps(actor_file, engine)
    torch.manual_seed(0)
    for count in (1, 5, 2, 3, 1):
        ours, theirs = exported.stream_state(count, (16, 16)), _begun(actor, count)
        for _ in range(5):  # more than the window of the head
            views = torch.rand(count, 3, 16, 16)
            found, ours = exported.step(views, ours)
            with torch.no_grad():
                expected, theirs = _original(actor, views, theirs)
            assert found.shape == (count, CLASSES)
            assert torch.allclose(found, expected, atol=1e-5)
        with torch.no_grad():  # a new state: as if nothing had been seen
            again = exported.step(views, exported.stream_state(count, (16, 16)))[0]
            expected = _original(actor, views, _begun(actor, count))[0]
        assert torch.allclose(again, expected, atol=1e-5)
        assert not torch.allclose(again, found, atol=1e-3)


def test_people_do_not_see_each_other(actor_file: Path) -> None:
    exported = _steps(actor_file, "onnxruntime")
    torch.manual_seed(0)
    views = torch.rand(3, 3, 16, 16)
    together, state = exported.step(views, exported.stream_state(3, (16, 16)))
    for row in range(3):
        own = exported.stream_state(1, (16, 16))
        alone, kept = exported.step(views[row : row + 1], own)
        assert torch.allclose(alone[0], together[row], atol=1e-6)
        for one, all_of in zip(kept, state, strict=True):
            assert torch.allclose(one[0], all_of[row], atol=1e-6)


def test_a_clip_is_its_steps(actor: Any, actor_file: Path) -> None:
    exported, clips = _steps(actor_file, "onnxruntime"), torch.rand(2, 3, 4, 16, 16)
    logits = exported(clips)
    assert logits.shape == (2, CLASSES, 4)
    with torch.no_grad():
        expected = actor.head(actor.clip_network(clips))
    assert torch.allclose(LogitHead()(logits), expected, atol=1e-5)


def test_logits_are_handed_on() -> None:
    head, logits = LogitHead(), torch.rand(2, 3)
    assert head.step(logits, head.stream_state(2)) == (logits, ())
    kept = torch.rand(2, 8, 3)
    assert torch.equal(head.classify(kept, torch.tensor([1, 8])), kept[:, 7])


@pytest.mark.parametrize("multilabel", [False, True])
def test_half_precision_on_disk_is_enough(multilabel: bool) -> None:
    torch.manual_seed(0)
    logits = torch.randn(2000, 5) * 4 + 40 * (not multilabel)
    kept = LogitHead(multilabel).vectors(logits).half().float()
    if multilabel:
        assert torch.allclose(kept.sigmoid(), logits.sigmoid(), atol=2e-4)
    else:
        assert torch.allclose(kept.softmax(1), logits.softmax(1), atol=2e-4)


def test_copies_share_the_engine_and_a_hash_stands_for_the_weights(
    actor_file: Path,
) -> None:
    exported = _steps(actor_file, "onnxruntime")
    assert deepcopy(exported).runtime is exported.runtime
    digest = exported.state_dict()["digest"]
    assert digest.shape == (32,)
    other = read_onnx(people_path(actor_file))
    changed = OnnxFile(other.path, other.content + b"x", {})
    people = PeopleFile("", {}, "boxes", {})
    runtime = open_runtime(other, varying=True)
    digests = [
        ExportedDetector(f, runtime, people).state_dict()["digest"]
        for f in (other, changed)
    ]
    assert not torch.equal(*digests)


class _Graph(Runtime):
    def __init__(self, inputs: dict, outputs: tuple) -> None:
        self.inputs, self.outputs = inputs, outputs

    def __call__(self, feeds: Any) -> dict:
        return {name: np.zeros(1) for name in self.outputs}


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ({"view": (3, 8, 8)}, ("logits",), "no step on views of 16 pixels"),
        ({"clip": (3, 16, 16)}, ("logits",), "no step on views"),
        ({"view": (3, 16, 16), "kept0.1": (4,)}, ("logits",), "no step on views"),
        ({"view": (3, 16, 16), "kept0.2": (4,)}, ("logits", "kept0"), "no step on"),
        (
            {"view": (3, 16, 16), "kept0.1": (1 << 20, 65)},
            ("logits", "kept0"),
            "would keep 272,629,760 bytes of each person",
        ),
    ],
)
def test_graphs_that_are_no_step(inputs: dict, outputs: tuple, message: str) -> None:
    file = OnnxFile(Path("a.onnx"), b"", {})
    with pytest.raises(ValueError, match=message):
        ExportedSteps(file, _Graph(inputs, outputs), 16)


def test_graphs_that_find_no_people() -> None:
    file, people = OnnxFile(Path("a"), b"", {}), PeopleFile("", {}, "boxes", {})
    for inputs in ({"image": (3, 416, 416)}, {"clip": (3, 0, 0)}, {}):
        with pytest.raises(ValueError, match="that is no person detector, which takes"):
            ExportedDetector(
                file, _Graph(inputs, ("boxes", "objectness", "class_probs")), people
            )


def test_test_clips_need_no_torch_network(actor: Any, actor_file: Path) -> None:
    """The mode 'tensor' and training's clips go through ``forward``."""
    steps = _steps(actor_file, "onnxruntime")
    model = type(actor)(steps, LogitHead(), view={"size": 16})
    clips = actor_clips(2)
    expected = type(actor)(actor.clip_network, actor.head, view={"size": 16})
    with torch.no_grad():
        assert torch.allclose(model(clips), expected.eval()(clips), atol=1e-5)
