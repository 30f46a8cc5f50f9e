from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.compiled_network import compile_network

compiler = pytest.importorskip("torch._inductor.cpp_builder")


def _need_compiler() -> None:
    try:
        compiler.get_cpp_compiler()
    except RuntimeError:
        pytest.skip("no C++ compiler: apt install g++")


@pytest.mark.slow
def test_detections_are_those_of_the_plain_network(
    checkpoint: Path, video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _need_compiler()
    options = {"device": "cpu", "score_thr": 0.0}
    plain = ActionDetector(checkpoint, **options)
    compiled = ActionDetector(checkpoint, engine="inductor", **options)
    assert "be patient" in caplog.text
    found = 0
    for one, two in islice(zip(plain(video), compiled(video), strict=True), 3):
        np.testing.assert_allclose(one.boxes, two.boxes, atol=1e-3)
        np.testing.assert_allclose(one.scores, two.scores, atol=1e-4)
        found += len(one.scores)
    assert found > 3
    assert torch._dynamo.utils.counters["inductor"]  # it did compile


def test_what_cannot_be_compiled_is_one_error(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="and this is Conv2d: leave the engine out"):
        compile_network(nn.Conv2d(1, 1, 1))

    def no_compiler() -> str:
        from torch._inductor.exc import InvalidCxxCompiler

        raise InvalidCxxCompiler

    monkeypatch.setattr(compiler, "get_cpp_compiler", no_compiler)
    with pytest.raises(ValueError, match="needs a C\\+\\+ compiler: apt install"):
        ActionDetector(checkpoint, device="cpu", engine="inductor")
