"""A pretrained model of tiny parts, put together and run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fixtures.actors import actor_config, actor_model, frame

from stal_plugin.apis import ActionDetector
from stal_plugin.engine.checkpoints.conversion import Conversion
from stal_plugin.engine.checkpoints.fitting import Fit
from stal_plugin.engine.pretrained import assemble, pretrained
from stal_plugin.engine.pretrained.catalogue import (
    CATALOGUE,
    PretrainedModel,
    PretrainedPart,
    PublishedFile,
)

NAMES = ("walk", "wave", "sit")
PIPELINE = [
    {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 4, "test_mode": True},
    {"type": "stal_plugin.DecodeClip"},
    {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
    {
        "type": "mmaction.PackActionInputs",
        "meta_keys": ("video_id", "frame", "img_shape", "original_shape"),
    },
]


def _part(name: str, *places: tuple[str, str]) -> PretrainedPart:
    file = PublishedFile(name, f"https://nowhere.invalid/{name}", "0" * 64, "free")
    return PretrainedPart(f"the {name}", name, (file,), places)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the published files of a tiny model, the only one of the catalogue."""
    config = tmp_path / "tiny.py"
    settings = {"model": actor_config(), "test_pipeline": PIPELINE}
    config.write_text("".join(f"{k} = {v!r}\n" for k, v in settings.items()))
    names = tmp_path / "names.txt"
    names.write_text("".join(f"{name}\n" for name in NAMES), encoding="utf-8")
    parts = (
        _part("persons"),
        _part("clips", ("backbone.", "clip_network."), ("cls_head.", "head.")),
    )
    tiny = PretrainedModel(str(config), parts, names, 6.0)
    monkeypatch.setattr(assemble, "CATALOGUE", {"tiny": tiny})
    monkeypatch.setattr(assemble, "convert_weights", _converted)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "weights"
    folder.mkdir()
    for part in parts:
        (folder / part.format).write_bytes(part.format.encode())
    return folder


def _converted(format_name: str, path: Path) -> Conversion:
    """What a converter makes of a file: the parts of the tiny model."""
    assert path.name == format_name
    model = actor_model()
    loaded, companions = {}, {}
    if format_name == "clips":
        loaded = model.clip_network.state_dict()
        companions = {f"cls_head.{k}": v for k, v in model.head.state_dict().items()}
    fit = Fit(loaded, {}, {})
    return Conversion(fit, {}, (), "backbone.", companions, {"sha256": "x"})


def test_checkpoint_of_the_parts_runs_without_a_config(weights: Path) -> None:
    said: list[str] = []
    path = pretrained("tiny", weights, said.append)
    assert len(said) == 1
    detector = ActionDetector(path, device="cpu", score_thr=0.0)
    assert detector.classes == NAMES
    for name, value in actor_model().state_dict().items():
        assert torch.equal(detector.model.state_dict()[name], value), name
    images = np.stack([frame(4 + n).permute(1, 2, 0).numpy() for n in range(9)])
    results = list(detector(images, folder_fps=24))
    assert [r.age for r in results] == [0, 1, 2, 3] * 2 + [0]  # six steps per second
    assert len(results[-1]) == len(NAMES)


def test_it_is_made_once_and_anew_of_other_files(weights: Path) -> None:
    path = pretrained("tiny", weights, lambda _: None)
    made = path.stat().st_mtime_ns
    assert pretrained("tiny", weights, lambda _: None) == path
    assert path.stat().st_mtime_ns == made
    (weights / "clips").write_bytes(b"others")
    assert pretrained("tiny", weights, lambda _: None) != path


def test_another_config_makes_another_checkpoint(weights: Path) -> None:
    path = pretrained("tiny", weights, lambda _: None)
    config = Path(assemble.CATALOGUE["tiny"].config)
    text = config.read_text().replace("'window': 3", "'window': 2")
    config.write_text(text)
    assert pretrained("tiny", weights, lambda _: None) != path


def test_a_missing_file_says_where_from(weights: Path) -> None:
    (weights / "clips").unlink()
    with pytest.raises(FileNotFoundError, match="the weights of the clips are not in"):
        pretrained("tiny", weights, lambda _: None)


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no pretrained model 'x', there are \['kin"):
        pretrained("x")


def test_names_of_kinetics600() -> None:
    classes = CATALOGUE["kinetics600"].classes
    assert len(set(classes)) == 600
    assert classes[0] == "abseiling"
    assert classes[-1] == "zumba"
    assert "arm wrestling" in classes
    config: Any = assemble.inference_config(CATALOGUE["kinetics600"])
    assert config.model["head"]["num_classes"] == 600
    assert config.class_names == classes
