from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.annotations.json_node import JsonNode


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], JsonNode]:
    def run(text: str) -> JsonNode:
        (tmp_path / "f.json").write_text(text)
        return JsonNode.load(tmp_path / "f.json")

    return run


def test_values_and_places(load: Callable[[str], JsonNode]) -> None:
    node = load('{"a": [{"b": "x", "n": 2.0, "t": true}], "width": 4, "height": 3}')
    item = node["a"].items()[0]
    assert (item["b"].text(), item["n"].integer(), item["t"].text()) == ("x", 2, "true")
    assert item["b"].place == "a[0].b"
    assert "c" not in node
    assert node.size() == (4, 3)
    assert item.size() is None
    assert [key for key, _ in node.entries()] == ["a", "width", "height"]


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda n: n["x"], r"f\.json: has no key|f\.json has no key 'x'"),
        (lambda n: n["a"]["x"], r"a is \[1, 'q'\], must be an object"),
        (lambda n: n["a"].numbers(3), "a is .* must be a list of 3 numbers"),
        (lambda n: n["a"].numbers(2), r"a\[1\] is 'q', must be a number"),
        (lambda n: n["f"].integer(), r"f is 1\.5, must be an integer"),
        (lambda n: n["f"].items(), "must be a list"),
        (lambda n: n["t"].number(), "t is True, must be a number"),
        (lambda n: n["inf"].number(), "inf is inf, must be a number"),
        (lambda n: n["big"].number(), "must be a number"),
        (lambda n: n["a"].text(), "must be a text"),
    ],
)
def test_wrong_values_are_named(
    load: Callable[[str], JsonNode], read: Callable, message: str
) -> None:
    big = "1" + "0" * 400
    node = load(f'{{"a": [1, "q"], "f": 1.5, "t": true, "inf": 1e999, "big": {big}}}')
    with pytest.raises(ValueError, match=message):
        read(node)


def test_no_json(load: Callable[[str], JsonNode], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no valid json"):
        load("{")
    with pytest.raises(ValueError, match="no valid json"):
        load("[" * 100_000)
    with pytest.raises(FileNotFoundError, match=r"none\.json"):
        JsonNode.load(tmp_path / "none.json")
