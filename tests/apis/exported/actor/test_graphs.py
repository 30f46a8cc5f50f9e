"""The graphs of an actor detector, as files, against torch."""

from pathlib import Path
from typing import Any

import pytest
import torch
from fixtures.actors import actor_model
from fixtures.dense_heads import NAMES
from fixtures.exportable_actors import exportable_actor, inference_config, person_config
from torch import nn

from stal_plugin.apis.exported.actor.graphs import ActorStepGraph, PeopleGraph
from stal_plugin.apis.exported.actor.metadata import ActorMetadata
from stal_plugin.apis.exported.actor.open_actor import actor_of
from stal_plugin.apis.exported.actor.roi_graph import ActorRoIGraph, actor_graph
from stal_plugin.apis.exported.actor.write_actor import write_actor
from stal_plugin.apis.exported.onnx_file import read_onnx


# TOOD: the original itself needs a compiled mmcv here
@pytest.mark.parametrize("head", [name for name in NAMES if name != "tood"])
def test_people_of_pictures_of_any_size(head: str, tmp_path: Path) -> None:
    """What each head of mmdet finds, before and after suppression."""
    model = exportable_actor(head)
    paths = (tmp_path / "a.onnx", tmp_path / "a.people.onnx")
    metadata = write_actor(model, inference_config(), *paths)
    exported = actor_of(*map(read_onnx, paths), metadata).person_detector
    original = model.person_detector
    torch.manual_seed(1)
    count = 0
    for size in ((48, 64), (64, 48), (90, 120), (33, 20)):
        frames = torch.randint(0, 256, (2, 3, *size)).float()
        with torch.no_grad():
            decoded = PeopleGraph(original)(original.prepare(frames)[0])
            found = exported.detector.decode(original.prepare(frames)[0])
            for name in decoded._fields:
                one, two = getattr(decoded, name), getattr(found, name)
                assert one.shape == two.shape
                assert torch.allclose(one, two, atol=1e-4), (head, size, name)
            pairs = zip(original(frames), exported(frames), strict=True)
        for one, two in pairs:
            assert len(one) == len(two)
            count += len(one)
            assert torch.allclose(one.bboxes, two.bboxes, atol=1e-3)
            assert torch.allclose(one.scores, two.scores, atol=1e-5)
    assert count > 4


def test_a_box_that_is_more_likely_a_dog_is_no_person(actor: Any) -> None:
    """As YOLOX of mmdet has it; heads without objectness say all classes of a box."""
    assert PeopleGraph(actor.person_detector).rule_cfg["all_classes"] is False


def test_step_begins_with_zeros_and_names_what_it_keeps(actor: Any) -> None:
    graph = ActorStepGraph(actor)
    # TinyCausalNet: two maps, sum and count; ActorHead: vectors and counts
    assert graph.kept == tuple(f"kept{n}" for n in range(6))
    assert graph.inputs == ("view", *(f"kept{n}.1" for n in range(6)))
    views, *kept = graph.example()
    assert views.shape == (2, 3, 16, 16)
    shapes = [(6, 4, 4)] * 3 + [(), (3, 6), ()]
    assert [tuple(k.shape[1:]) for k in kept] == shapes
    assert not any(k.any() for k in kept)
    assert {k.dtype for k in kept} == {torch.float32}  # a count of int64 too


def test_step_on_frames_keeps_the_video_apart_from_the_people(frame_actor: Any) -> None:
    graph = actor_graph(frame_actor)
    assert isinstance(graph, ActorRoIGraph)
    assert graph.kept == tuple(f"kept{n}" for n in range(4))
    assert graph.own == ("person0", "person1")
    kept = [f"kept{n}.1" for n in range(4)]
    own = ["person0.1", "person1.1"]
    assert graph.inputs == ("frame", "boxes", *kept, *own)
    assert graph.outputs == ("logits", *graph.kept, *graph.own)
    people = {name for name, axes in graph.free.items() if axes == {0: "people"}}
    assert people == {"boxes", "logits", *own, *graph.own}
    view, boxes, *rest = graph.example()
    assert (view.shape, boxes.shape) == ((2, 3, 16, 16), (3, 4))
    assert [len(part) for part in rest] == [2, 2, 2, 2, 3, 3]
    with torch.no_grad():
        outputs = graph(view, boxes, *rest)
    assert [tuple(part.shape) for part in outputs[1:]] == [
        tuple(part.shape) for part in rest
    ]


class _OneAtTheStart(nn.Module):
    def stream_state(self, batch_size: int, size: Any = None) -> tuple:
        return (torch.ones(batch_size, 2),)


def _changed(**parts: Any) -> Any:
    model = exportable_actor()
    for name, part in parts.items():
        setattr(model, name, part)
    return model


def test_what_cannot_be_exported() -> None:
    for graph in (ActorStepGraph, ActorRoIGraph):
        for part in ("clip_network", "head"):
            with pytest.raises(ValueError, match="stream_state is not zero at the st"):
                graph(_changed(**{part: _OneAtTheStart()}))
    with pytest.raises(ValueError, match="person detector of class Identity cannot be"):
        PeopleGraph(nn.Identity())
    with pytest.raises(
        ValueError, match="PatchDetector cannot be exported: that needs"
    ):
        PeopleGraph(actor_model().person_detector)


def test_settings_of_the_person_detector_go_along(tmp_path: Path) -> None:
    people = person_config(size=(32, 64), mean=(1.0, 2.0, 3.0), bgr=False)
    paths = (tmp_path / "a.onnx", tmp_path / "a.people.onnx")
    model = exportable_actor(person_detector=people)
    write_actor(model, inference_config(person_detector=people), *paths)
    file = read_onnx(paths[0])
    metadata = ActorMetadata.from_properties(file.properties, "a.onnx")
    read = actor_of(file, read_onnx(paths[1]), metadata).person_detector
    assert (read.size, read.bgr, read.label) == ((32, 64), False, 1)
    assert read.test_cfg == {"score_thr": 0.0, "max_people": 3}
    assert torch.equal(read.mean, model.person_detector.mean)
