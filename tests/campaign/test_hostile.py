"""Checkpoints and ONNX files from strangers: refused in one line, and nothing runs."""

import hashlib
import json
import random
import string
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from fixtures.exportable_actors import exportable_actor, inference_config

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.exported.actor.write_actor import write_actor
from stal_plugin.engine.checkpoints.inference_config import META_KEY
from stal_plugin.files.exported_files import people_path

from .child import Ended, in_child, run_tool
from .workshop import Workshop

pytestmark = pytest.mark.slow
#: All that may be written, by name.
MARK = "it_ran"
NAMES = (
    *("os.system", "builtins.open", "subprocess.run", "torch.load", "os.mkdir"),
    *("mmdet.CameraMotionCompensation", "mmdet.AppearanceFreeLink", "Pretrained"),
    *("mmengine.LoadImageFromFile", "mmdet.SingleStageDetector", "mmaction.Resize"),
    *("stal_plugin.YOWOHead", "stal_plugin.LinkNet", "stal_plugin.DecodeClip"),
)
WORDS = ("type", "init_cfg", "checkpoint", "_scope_", "path", "backend_args", "cfg")


def odd_value(rng: random.Random) -> Any:
    """A value that a description should not have there."""
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    values = (
        *(None, True, -1, 0, 10**12, 1e308, "", [], {}, [[]], deep, "9" * 5000),
        *(
            f"open({MARK!r}, 'w')",
            f"file://{MARK}",
            f"../{MARK}",
            "http://127.0.0.1:9/x",
        ),
        {"type": rng.choice(NAMES), rng.choice(WORDS): MARK},
        {"type": rng.choice(NAMES), "args": [MARK], "init_cfg": {"type": "Pretrained"}},
        "".join(rng.choices(string.printable, k=8)),
    )
    return rng.choice(values)


def places(node: Any) -> list[tuple[Any, Any]]:
    """All (container, key) of nested dicts and lists."""
    own = list(node.items()) if isinstance(node, dict) else []
    own = list(enumerate(node)) if isinstance(node, list) else own
    return [(node, k) for k, _ in own] + [p for _, v in own for p in places(v)]


def mutate(description: Any, rng: random.Random) -> Any:
    """Change a description of a network in one to three places."""
    changed = deepcopy(description)
    for _ in range(rng.choice((1, 1, 3))):
        container, key = rng.choice(places(changed))
        action = rng.randrange(4)
        if action == 0 and isinstance(container, dict):
            del container[key]
        elif action == 1 and isinstance(container, dict):
            container[rng.choice(WORDS)] = odd_value(rng)
        else:
            container[key] = odd_value(rng)
    return changed


def text_of(description: Any, rng: random.Random) -> str:
    """Its JSON; sometimes with a few characters changed."""
    text = json.dumps(description)
    if rng.random() < 0.25:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(string.printable) + text[at + rng.randint(0, 3) :]
    return text


def refused_or_run(path: Path, folder: Path) -> str | None:
    """Load a file and detect on a picture; what is wrong about how that ends."""

    def call() -> None:
        try:
            detector = ActionDetector(path, device="cpu", precision=None)
            image = torch.zeros(1, 48, 64, 3, dtype=torch.uint8).numpy()
            for result in detector(image):
                result.to_dict()
        except (ValueError, FileNotFoundError) as error:
            print(f"Error: {error}")  # noqa: T201
            raise SystemExit(1) from None

    ended: Ended = in_child(call, folder, seconds=60)
    marks = [str(p) for p in folder.rglob(f"*{MARK}*")]
    if marks:
        return f"it ran and made {marks}"
    return ended.problem()


def test_changed_descriptions_of_checkpoints(
    campaign: Callable, workshop: Workshop, tmp_path: Path
) -> None:
    content = torch.load(workshop.checkpoint, weights_only=True)
    good = json.loads(content["meta"][META_KEY])
    path = tmp_path / "evil.pth"
    with campaign("checkpoints with changed descriptions", share=0.12) as part:
        for rng in part.cases(12):
            text = text_of(mutate(good, rng), rng)
            torch.save({**content, "meta": {META_KEY: text}}, path)
            part.record(f"case {part.tried}", refused_or_run(path, tmp_path))


def test_changed_descriptions_of_onnx_files(
    campaign: Callable, exported: Path, tmp_path: Path
) -> None:
    model = onnx.load(exported)
    path = tmp_path / "evil.onnx"
    with campaign("ONNX files with changed descriptions", share=0.06) as part:
        for rng in part.cases(8):
            evil = onnx.ModelProto()
            evil.CopyFrom(model)
            entry = rng.choice(evil.metadata_props)
            good = [json.loads(entry.value)]
            (value,) = mutate(good, rng) or [None]
            entry.value = text_of(value, rng)
            onnx.save(evil, path)
            part.record(f"{entry.key}, {part.tried}", refused_or_run(path, tmp_path))


def test_exported_actor_detectors(
    campaign: Callable, exported_actor: Path, tmp_path: Path
) -> None:
    """Two files; whoever changes the second can also write its hash into the first."""
    model = onnx.load(exported_actor)
    people = people_path(exported_actor).read_bytes()
    path = tmp_path / "evil.onnx"
    with campaign("exported actor detectors, changed", share=0.04) as part:
        for rng in part.cases(6):
            evil, content = onnx.ModelProto(), bytearray(people)
            evil.CopyFrom(model)
            entries = [e for e in evil.metadata_props if "sha256" in e.value]
            entry = rng.choice(entries or evil.metadata_props)
            if rng.random() < 0.6:
                entry = rng.choice(evil.metadata_props)
                (value,) = mutate([json.loads(entry.value)], rng) or [None]
                entry.value = text_of(value, rng)
            else:
                for _ in range(rng.choice((1, 10, 100))):
                    content[rng.randrange(len(content))] = rng.randrange(256)
                both = (people, bytes(content))
                hashes = [hashlib.sha256(data).hexdigest() for data in both]
                assert hashes[0] in entry.value
                entry.value = entry.value.replace(*hashes)
            people_path(path).write_bytes(content)
            onnx.save(evil, path)
            part.record(f"{entry.key}, {part.tried}", refused_or_run(path, tmp_path))


def test_changed_bytes(
    campaign: Callable, workshop: Workshop, exported: Path, tmp_path: Path
) -> None:
    with campaign("checkpoints and ONNX files with changed bytes", share=0.06) as part:
        for rng in part.cases(6):
            source = rng.choice((workshop.checkpoint, exported))
            content = bytearray(source.read_bytes())
            if rng.random() < 0.3:
                del content[rng.randrange(len(content)) :]
            for _ in range(rng.choice((1, 10, 100)) if content else 0):
                content[rng.randrange(len(content))] = rng.randrange(256)
            path = tmp_path / f"evil{source.suffix}"
            path.write_bytes(content)
            part.record(f"case {part.tried}", refused_or_run(path, tmp_path))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite(
    value: float, campaign: Callable, workshop: Workshop, tmp_path: Path
) -> None:
    content = torch.load(workshop.checkpoint, weights_only=True)
    names = [k for k, v in content["state_dict"].items() if v.is_floating_point()]
    path = tmp_path / "bad.pth"
    with campaign(f"weights with {value}", share=0.01) as part:
        for rng in part.cases(2):
            state = {k: v.clone() for k, v in content["state_dict"].items()}
            name = rng.choice(names)
            state[name].view(-1)[0] = value
            torch.save({**content, "state_dict": state}, path)
            out = tmp_path / "o.jsonl"
            arguments = (workshop.video, path, "--json", out, "--precision", "fp32")
            ended = run_tool("predict.py", *arguments, folder=tmp_path)
            problem = ended.problem()
            if ended.status != 1 or out.exists() or "not finite" not in ended.text:
                problem = f"status {ended.status}: {ended.text[-300:]}"
            part.record(name, problem)


@pytest.fixture(scope="module")
def exported(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network as ONNX."""
    path = tmp_path_factory.mktemp("exported") / "m.onnx"
    arguments = (workshop.config, workshop.checkpoint, "--clips", 2, "--out", path)
    ended = run_tool("export_onnx.py", *arguments, folder=path.parent)
    assert ended.status == 0, ended.text
    return path


@pytest.fixture(scope="module")
def exported_actor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny actor detector as ONNX; its person detector lies beside it."""
    path = tmp_path_factory.mktemp("actor") / "a.onnx"
    write_actor(exportable_actor(), inference_config(), path, people_path(path))
    assert refused_or_run(path, path.parent) is None
    return path
