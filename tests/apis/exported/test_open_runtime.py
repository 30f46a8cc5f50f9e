import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fixtures.tool_server import ToolServer
from torch import Tensor

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.exported import OnnxModel, fastest_engine, open_runtime
from stal_plugin.apis.exported.exported_graph import ExportedGraph
from stal_plugin.apis.exported.fastest_engine import Choice
from stal_plugin.apis.exported.onnx_file import OnnxFile, read_onnx
from stal_plugin.apis.exported.openvino_runtime import OpenVinoRuntime, pieces
from stal_plugin.apis.exported.parity import measure_parity
from stal_plugin.apis.exported.runtime import Runtime, fixed_shape

FILE = OnnxFile(Path("m.onnx"), b"content", {})
CHOICES = (Choice("onnxruntime", "fp32"), Choice("openvino", "bf16"))


def test_openvino_gives_what_torch_gives(
    network: tuple, exported: Path, clips: Tensor
) -> None:
    pytest.importorskip("openvino")
    model = OnnxModel(exported, engine="openvino")
    assert isinstance(model.runtime, OpenVinoRuntime)
    parity = measure_parity(ExportedGraph(network[0]).decode, model, clips)
    assert parity.num_clips == 6  # in batches of 1 and 3
    assert parity.boxes < 1e-3
    assert parity.scores < 1e-5


def test_results_are_the_callers_own(exported: Path, clips: Tensor) -> None:
    for engine in ("onnxruntime", "openvino"):
        pytest.importorskip(engine)
        runtime = open_runtime.open_runtime(read_onnx(exported), engine)
        pixels = clips[:2].float().numpy()
        first = runtime({"clip": pixels[:1]})
        kept = {name: array.copy() for name, array in first.items()}
        second = runtime({"clip": pixels[1:]})
        for name, array in first.items():
            assert np.array_equal(array, kept[name])
        assert not np.array_equal(second["boxes"], first["boxes"])


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_ctrl_c_after_two_runtimes_have_gone(
    exported: Path, tool_server: ToolServer, tmp_path: Path
) -> None:
    """Each core of OpenVINO would give this thread a stack for signals of its own."""
    pytest.importorskip("openvino")
    code = (
        "import gc, os, signal\n"
        "from stal_plugin.apis.exported.onnx_file import read_onnx\n"
        "from stal_plugin.apis.exported.open_runtime import open_runtime\n"
        f"file = read_onnx({str(exported)!r})\n"
        "first = open_runtime(file, 'openvino')\n"
        "second = open_runtime(file, 'openvino')\n"
        "del first\n"
        "gc.collect()\n"
        "del second\n"
        "gc.collect()\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    done = tool_server.run(["-c", code], tmp_path)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr


def test_mistakes(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for options, message in (
        ({"engine": "tensorrt"}, r"engine='tensorrt' is not one of onnxruntime, open"),
        ({"precision": "int8"}, "precision='int8' is not one of fp32, bf16, auto"),
        ({"precision": "bf16"}, "onnxruntime does not compute in bf16"),
    ):
        with pytest.raises(ValueError, match=message):
            OnnxModel(exported, **options)
    pytest.importorskip("openvino")
    with pytest.raises(ValueError, match="engine='openvino' runs on the CPU, not on"):
        OnnxModel(exported, "cuda", "openvino")
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ImportError, match=r"pip install -e \.\[openvino\]"):
        OnnxModel(exported, engine="openvino")


def test_a_processor_without_bfloat16(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino")
    place = "stal_plugin.apis.exported.openvino_runtime.precisions"
    monkeypatch.setattr(place, lambda: ("fp32",))
    with pytest.raises(ValueError, match="this processor does not compute in bf16"):
        ActionDetector(exported, engine="openvino", precision="amp")


def test_a_checkpoint_has_no_engine(checkpoint: Path) -> None:
    with pytest.raises(ValueError, match=r"engine='openvino' runs exported files, and"):
        ActionDetector(checkpoint, device="cpu", engine="openvino")
    assert not ActionDetector(checkpoint, device="cpu", engine="auto").exported


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_batches_that_vary(exported: Path, clips: Tensor, engine: str) -> None:
    """Rows do not depend on how many there are."""
    pytest.importorskip(engine)
    runtime = open_runtime.open_runtime(read_onnx(exported), engine, varying=True)
    pixels = clips.float().numpy()
    whole = runtime({"clip": pixels})
    for start, stop in ((0, 1), (1, 4), (4, 6)):
        part = runtime({"clip": pixels[start:stop]})
        for name, array in part.items():
            assert np.allclose(array, whole[name][start:stop], atol=1e-4)


def test_pieces_of_a_batch() -> None:
    assert pieces(5, 2) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert pieces(1, 2) == [slice(0, 1)]
    assert pieces(3, 3) == [slice(0, 3)]


def test_openvino_keeps_few_shapes(exported: Path, clips: Tensor) -> None:
    pytest.importorskip("openvino")
    pixels = clips.float().numpy()
    one_size = OpenVinoRuntime(read_onnx(exported))
    varying = OpenVinoRuntime(read_onnx(exported), varying=True)
    for count in (1, 2, 3, 1):
        one_size({"clip": pixels[:count]})
        varying({"clip": pixels[:count]})
        assert len(one_size._requests) == 1
        assert len(varying._requests) == 2  # of one row and of two


def test_free_sizes() -> None:
    assert fixed_shape(("batch", 3, 4), "clip", "m.onnx") == (3, 4)
    free = fixed_shape(("batch", 3, "h", None), "image", "m.onnx", varying=True)
    assert free == (3, 0, 0)
    with pytest.raises(ValueError, match=r"'m\.onnx' .* 'clip' has no fixed size"):
        fixed_shape(("batch", "width"), "clip", "m.onnx")


class _Fake(Runtime):
    """Takes as long as it is told, by a clock that it moves."""

    inputs, outputs = {"clip": (3, 2, 2)}, ("scores",)

    def __init__(self, clock: list[float], seconds: float, score: float) -> None:
        self.clock, self.seconds, self.score = clock, seconds, score

    def __call__(self, feeds: Any) -> dict:
        assert feeds["clip"].shape == (1, 3, 2, 2)
        self.clock[0] += self.seconds
        return {"scores": np.full((1, 1), self.score, np.float32)}


@pytest.fixture
def choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Choice]:
    """Choose between two runtimes with times and scores of their own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    clock = [0.0]
    monkeypatch.setattr(fastest_engine.time, "perf_counter", lambda: clock[0])

    def run(
        seconds: tuple, scores: tuple = (0.5, 0.5), file: OnnxFile = FILE
    ) -> Choice:
        facts = dict(zip(CHOICES, zip(seconds, scores, strict=True), strict=True))

        def opened(choice: Choice) -> Runtime:
            if facts[choice][0] is None:
                raise ValueError("not here")
            return _Fake(clock, *facts[choice])

        return fastest_engine.fastest_engine(file, CHOICES, opened)

    return run


def test_the_fastest_that_agrees(choose: Callable, tmp_path: Path) -> None:
    files = (OnnxFile(Path("m"), bytes([n]), {}) for n in range(9))
    assert choose((1.0, 0.5), file=next(files)) == CHOICES[1]
    assert choose((1.0, 0.97), file=next(files)) == CHOICES[0]  # not worth it
    assert choose((1.0, 0.5), (0.5, 0.54), next(files)) == CHOICES[1]
    assert choose((1.0, 0.5), (0.5, 0.56), next(files)) == CHOICES[0]
    assert choose((None, 0.5), file=next(files)) == CHOICES[1]
    assert choose((None, None), file=next(files)) == CHOICES[0]


def test_logits_agree_if_their_probabilities_do() -> None:
    def agrees(one: float, two: float) -> bool:
        arrays = [{"logits": np.full((1, 1), x, np.float32)} for x in (one, two)]
        return fastest_engine._agrees(*arrays, CHOICES[0])

    assert agrees(0.0, 0.003)
    assert not agrees(0.0, 0.005)  # a quarter of it: 0.00125
    assert agrees(20.0, 2000.0)


def test_an_int8_copy_need_not_agree(
    choose: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Footage has told what it costs; noise would not."""
    module = sys.modules[__name__]
    copies = (CHOICES[0], Choice("onnxruntime", "fp32", "nncf"))
    monkeypatch.setattr(module, "CHOICES", copies)
    assert choose((1.0, 0.5), (0.5, 0.9)) == copies[1]


def test_it_is_remembered_for_file_and_machine(
    choose: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert choose((1.0, 0.5)) == CHOICES[1]
    assert choose((0.1, 0.5)) == CHOICES[1]  # not measured again
    assert choose((0.1, 0.5), file=OnnxFile(Path("m"), b"2", {})) == CHOICES[0]
    path = tmp_path / "stal_plugin" / "engines.json"
    entries = json.loads(path.read_text())
    assert [*entries.values()] == ["openvino bf16", "onnxruntime fp32"]
    assert f"{torch.get_num_threads()} threads" in next(iter(entries))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(fastest_engine, "_processor", lambda: "another")
        assert choose((0.1, 0.5)) == CHOICES[0]
    for damage in ("{", "[1]", '{"x": ' + "[" * 100_000):
        path.write_text(damage)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert choose((0.1, 0.5)) == CHOICES[0]
        assert "engines.json' is ignored and written anew" in caplog.text
        assert len(json.loads(path.read_text())) == 1


def test_auto_measures_what_is_installed(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    OnnxModel(exported, engine="auto", precision="auto")
    path = tmp_path / "stal_plugin" / "engines.json"
    ((key, chosen),) = json.loads(path.read_text()).items()
    assert chosen.split()[0] in open_runtime.ENGINES
    assert all(f"{name} " in key for name in open_runtime.ENGINES)
