"""Exported steps on whole frames, run by engines, against torch."""

from pathlib import Path
from typing import Any

import pytest
import torch
from fixtures.actors import CHANNELS, CLASSES, FRAME
from fixtures.exportable_actors import FRAME_VIEW, actor_clips
from torch import Tensor

from stal_plugin.apis.exported.actor.parts import LogitHead
from stal_plugin.apis.exported.actor.roi_parts import PEOPLE_INPUTS, ExportedRoISteps
from stal_plugin.apis.exported.exported_model import exported_model
from stal_plugin.apis.exported.onnx_file import OnnxFile, read_onnx
from stal_plugin.apis.exported.open_runtime import open_runtime
from stal_plugin.apis.exported.runtime import Runtime
from stal_plugin.models.detectors import ActorDetector
from stal_plugin.models.detectors.actor_people import GivenPeople, People

ENGINES = ("onnxruntime", "openvino")
#: How many people are on each frame.
COUNTS = (1, 2, 0, 5, 3, 0, 0, 1, 4)


def _steps(path: Path, engine: str) -> ExportedRoISteps:
    pytest.importorskip(engine)
    file = read_onnx(path)
    run = open_runtime(file, engine, varying=True, own_batch=PEOPLE_INPUTS)
    return ExportedRoISteps(file, run, 16)


def _boxes(count: int) -> Tensor:
    """Some reach out of the frame, as boxes do that move on between detections."""
    corners = torch.rand(count, 2, 2) * torch.tensor([FRAME[1], FRAME[0]])
    return torch.cat([corners.amin(1) - 6, corners.amax(1) + 6], dim=1)


def _crowd() -> GivenPeople:
    people = {
        number: People(list(range(count)), _boxes(count), torch.ones(count))
        for number, count in enumerate(COUNTS * 2)
    }
    return GivenPeople(people)


@pytest.mark.parametrize("engine", ENGINES)
def test_streams_of_any_number_of_people(
    frame_actor: Any, frame_file: Path, engine: str
) -> None:
    """More frames than the window and the history; on some of them is nobody."""
    pytest.importorskip(engine)
    exported = exported_model(frame_file, engine=engine)
    torch.manual_seed(0)
    people = _crowd()
    streams = [m.stream(people=people) for m in (frame_actor, exported)]
    for number, count in enumerate(COUNTS * 2):
        picture = torch.randint(0, 256, (3, *FRAME), dtype=torch.uint8)
        with torch.no_grad():
            one, two = (stream(number, picture) for stream in streams)
        assert one.people.ids == two.people.ids == list(range(count))
        assert one.steps == two.steps
        if count:
            assert one.output.shape == (count, CLASSES)
            assert torch.allclose(one.output, two.output, atol=1e-5), number
        ages = [stream.frame_states.age(0) for stream in streams]
        assert ages[0] == ages[1] == (number + 1 if number < 4 else 3 + number % 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_network_goes_on_where_nobody_is_seen(
    frame_file: Path, engine: str
) -> None:
    exported = _steps(frame_file, engine)
    torch.manual_seed(0)
    views, boxes = torch.rand(4, 1, 3, 16, 16), torch.tensor([[0.1, 0.2, 0.7, 0.9]])

    def last(seen: list[int]) -> Tensor:
        """Logits on the last frame of somebody who comes there."""
        state = exported.stream_state(1, (16, 16))
        for index in seen:
            nobody = exported.roi_state(0)
            found, state, nobody = exported.roi_step(
                views[index], state, boxes[:0], nobody
            )
            assert found.shape == (0, CLASSES)
            assert all(len(part) == 0 for part in nobody)
        own = exported.roi_state(1)
        return exported.roi_step(views[3], state, boxes, own)[0]

    assert not torch.allclose(last([0, 1, 2]), last([1, 2]), atol=1e-3)
    assert torch.allclose(last([0, 1, 2]), last([0, 1, 2]))


def test_people_are_cut_out_of_the_first_state(frame_file: Path) -> None:
    """The second, which will replace it, sees the frame and is not asked."""
    exported = _steps(frame_file, "onnxruntime")
    torch.manual_seed(0)
    views, boxes = torch.rand(1, 3, 16, 16), torch.rand(2, 4).sort(dim=1)[0]
    old, new = (
        tuple(torch.rand_like(part) for part in exported.stream_state(1, (16, 16)))
        for _ in range(2)
    )
    both = tuple(torch.cat(pair) for pair in zip(old, new, strict=True))
    own = exported.roi_state(2)
    alone, kept, _ = exported.roi_step(views, old, boxes, own)
    logits, pair, _ = exported.roi_step(views.repeat(2, 1, 1, 1), both, boxes, own)
    assert torch.allclose(logits, alone, atol=1e-6)
    later = exported.roi_step(views, new, boxes, own)[1]
    for one, two, joined in zip(kept, later, pair, strict=True):
        assert torch.allclose(torch.cat([one, two]), joined, atol=1e-6)


def test_clips_of_the_mode_tensor(frame_actor: Any, frame_file: Path) -> None:
    model = ActorDetector(
        _steps(frame_file, "onnxruntime"), LogitHead(), view=FRAME_VIEW
    )
    original = ActorDetector(
        frame_actor.clip_network, frame_actor.head, view=FRAME_VIEW
    )
    clips = actor_clips(2)
    with torch.no_grad():
        expected = original.eval()(clips)
        assert expected.shape == (2, CLASSES)
        assert torch.allclose(model.eval()(clips), expected, atol=1e-5)


class _Graph(Runtime):
    def __init__(self, changes: dict, outputs: tuple) -> None:
        inputs = {
            "frame": (3, 16, 16),
            "boxes": (4,),
            "kept0.1": (CHANNELS, 4, 4),
            "person0.1": (3,),
        }
        self.inputs = {n: s for n, s in {**inputs, **changes}.items() if s is not None}
        self.outputs = outputs

    def __call__(self, feeds: Any) -> dict:
        raise AssertionError("it is not run")


OUTPUTS = ("logits", "kept0", "person0")


@pytest.mark.parametrize(
    ("changes", "outputs", "message"),
    [
        ({"frame": (3, 8, 8)}, OUTPUTS, "no step on frames of 16 pixels"),
        ({"boxes": (5,)}, OUTPUTS, "with boxes"),
        ({"boxes": None}, OUTPUTS, "with boxes"),
        ({}, ("logits", "person0", "kept0"), "no step on frames"),
        ({}, OUTPUTS[:2], "no step on frames"),
        ({"kept1.1": (1,)}, OUTPUTS, "no step on frames"),
        ({"kept0.1": None, "kept0.2": (1,)}, OUTPUTS, "no step on frames"),
        ({"person0.1": (1 << 20, 65)}, OUTPUTS, "would keep 272,629,760 bytes"),
        ({"kept0.1": (1 << 20, 65)}, OUTPUTS, "would keep 272,629,760 bytes"),
    ],
)
def test_graphs_that_are_no_step_on_frames(
    changes: dict, outputs: tuple, message: str
) -> None:
    file = OnnxFile(Path("a.onnx"), b"", {})
    ExportedRoISteps(file, _Graph({}, OUTPUTS), 16)
    with pytest.raises(ValueError, match=message):
        ExportedRoISteps(file, _Graph(changes, outputs), 16)
