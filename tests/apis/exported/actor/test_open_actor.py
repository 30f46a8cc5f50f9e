"""Exported actor detectors in place of their checkpoint."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pytest
import torch
from fixtures.actors import actor_config, frame
from fixtures.exportable_actors import (
    FRAME_VIEW,
    NAMES,
    actor_clips,
    exportable_actor,
    inference_config,
    person_config,
)

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.exported.actor.write_actor import write_actor
from stal_plugin.apis.exported.exported_model import exported_model
from stal_plugin.engine.checkpoints.inference_config import META_KEY
from stal_plugin.files.exported_files import people_path

ENGINES = ("onnxruntime", "openvino")


class Exported(NamedTuple):
    """An actor detector in three forms."""

    model: Any
    file: Path
    checkpoint: Path


@pytest.fixture(scope="module", params=["crop", "frame"])
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    """One whose network sees crops, one whose network sees frames."""
    names, view = ("actor", "actor_file"), {"size": 16}
    if request.param == "frame":
        names, view = ("frame_actor", "frame_file"), FRAME_VIEW
    model, file = map(request.getfixturevalue, names)
    path = tmp_path_factory.mktemp("checkpoint") / "a.pth"
    config = actor_config(person_detector=person_config(), view=view)
    meta = {META_KEY: inference_config(**config).to_json()}
    torch.save({"meta": meta, "state_dict": model.state_dict()}, path)
    return Exported(model, file, path)


@pytest.fixture
def copied(actor_file: Path, tmp_path: Path) -> Path:
    """Files of one's own."""
    for path in (actor_file, people_path(actor_file)):
        shutil.copy(path, tmp_path)
    return tmp_path / actor_file.name


def _video() -> np.ndarray:
    """Patches come, move and go."""
    places = [(None, None), (4, None), (6, 40), (8, 38), (None, 36), (12, 34)]
    frames = [frame(red, green).permute(1, 2, 0).numpy() for red, green in places]
    return np.stack(frames * 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_detections_are_those_of_the_checkpoint(
    exported: Exported, engine: str
) -> None:
    pytest.importorskip(engine)
    options = {"device": "cpu", "score_thr": 0.0}
    original = ActionDetector(exported.checkpoint, **options)
    detector = ActionDetector(exported.file, engine=engine, **options)
    assert detector.classes == NAMES
    assert detector.exported
    pairs = zip(original(_video()), detector(_video()), strict=True)
    counts = set()
    for one, two in pairs:
        assert len(one) == len(two)
        assert one.age == two.age
        assert np.allclose(one.boxes, two.boxes, atol=1e-3)
        assert np.allclose(one.scores, two.scores, atol=1e-5)
        assert one.labels.tolist() == two.labels.tolist()
        assert one.track_ids.tolist() == two.track_ids.tolist()
        counts.add(len(one))
    assert len(counts) > 1  # the number of people varies


def test_streams_have_states_of_their_own(exported: Exported) -> None:
    detector = ActionDetector(exported.file, device="cpu", score_thr=0.0)
    video = _video()
    alone = [list(detector(video)), list(detector(video[::-1].copy()))]
    sources = {"a": video, "b": video[::-1].copy()}
    together: dict[str, list] = {"a": [], "b": []}
    for item in detector.run_many(sources):
        if item.result is not None:
            together[item.stream].append(item.result)
    for own, shared in zip(alone, together.values(), strict=True):
        assert len(own) == len(shared) == len(video)
        for one, two in zip(own, shared, strict=True):
            assert np.allclose(one.scores, two.scores, atol=1e-6)


def test_clips_of_a_test(exported: Exported) -> None:
    model = exported_model(exported.file)
    for clip in actor_clips():
        with torch.no_grad():
            expected = exported.model._predict(clip, None)
            found = model._predict(clip, None)
        assert len(found) == len(expected) > 0
        assert torch.allclose(found.scores, expected.scores, atol=1e-5)
        assert torch.allclose(found.bboxes, expected.bboxes, atol=1e-3)


def test_without_a_person_detector_it_is_one_file(tmp_path: Path) -> None:
    config = inference_config(person_detector=None)
    model = exportable_actor()
    model.person_detector = None
    write_actor(model, config, tmp_path / "a.onnx", None)
    assert [p.name for p in tmp_path.iterdir()] == ["a.onnx"]
    exported = exported_model(tmp_path / "a.onnx")
    clip = actor_clips(1)[0]
    with torch.no_grad():
        found, expected = exported._predict(clip, None), model._predict(clip, None)
    assert torch.allclose(found.scores, expected.scores, atol=1e-5)
    assert found.bboxes.unique(dim=0).tolist() == [[0, 0, 64, 48]]


def test_a_part_that_is_missing_or_another(copied: Path, tmp_path: Path) -> None:
    people = people_path(copied)
    assert people == tmp_path / "a.people.onnx"
    with pytest.raises(ValueError, match=r"name the file beside it, 'a\.onnx'"):
        ActionDetector(people)
    content = onnx.load(people)
    content.graph.doc_string = "another"
    onnx.save(content, people)
    with pytest.raises(
        ValueError, match=r"is not the person detector that '.*a\.onnx'"
    ):
        ActionDetector(copied)
    people.unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.people\.onnx' does not exist: it"):
        ActionDetector(copied)
    copied.rename(tmp_path / "b.onnx")
    with pytest.raises(FileNotFoundError, match=r"'.*b\.people\.onnx' does not exist"):
        ActionDetector(tmp_path / "b.onnx")


def test_wrong_engines_and_precisions(actor_file: Path) -> None:
    for options, message in (
        ({"engine": "tensorrt"}, "engine='tensorrt' is not one of onnxruntime"),
        ({"precision": "amp"}, "onnxruntime does not compute in bf16"),
        ({"config": "any.py"}, "carries all settings, they cannot be changed"),
    ):
        with pytest.raises(ValueError, match=message):
            ActionDetector(actor_file, **options)


def test_the_fastest_engine_of_each_part(
    actor_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ActionDetector(actor_file, engine="auto", device="cpu")
    lines = (tmp_path / "stal_plugin" / "engines.json").read_text().splitlines()
    assert len(lines) == 4  # a choice for each file, and braces


@pytest.mark.parametrize(
    ("entry", "text", "message"),
    [
        ("actor", '{"view": {"size": 32}}', "no step on views of 32 pixels"),
        ("actor", '{"view": {"size": "x"}}', "cannot be run: "),
        (
            "actor",
            '{"view": {"size": 16, "kind": "frame"}}',
            "no step on frames of 16 pixels",
        ),
        ("actor", '{"view": {"kind": "x"}}', "view.kind='x'"),
        (
            "actor",
            '{"view": {"size": 16}, "test_cfg": {"detect_every": 0}}',
            "detect_every=0 must be at",
        ),
        ("actor", '{"view": {"size": 16, "path": "x"}}', "path='x' is not allowed"),
        (
            "actor",
            '{"clip_network": {"type": "os.system"}}',
            "'clip_network' is not in",
        ),
        ("people", '{"sha256": 1}', "settings in .* are damaged"),
        ("format", "5", "carries no settings of the detector"),
    ],
)
def test_settings_that_were_changed(
    copied: Path, entry: str, text: str, message: str
) -> None:
    content = onnx.load(copied)
    for own in content.metadata_props:
        if own.key == f"stal_plugin.{entry}":
            own.value = text
    onnx.save(content, copied)
    with pytest.raises(ValueError, match=message) as told:
        ActionDetector(copied)
    assert "\n" not in str(told.value)
    assert "a.onnx" in str(told.value)
