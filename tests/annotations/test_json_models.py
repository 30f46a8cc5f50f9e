import json
import time
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field

from stal_plugin.annotations.json_models import (
    Count,
    Integer,
    JsonModel,
    NonEmptyText,
    Number,
    Text,
    load_json,
    read_model,
)


class _Item(JsonModel):
    text: Text = ""
    name: NonEmptyText = "x"
    number: Number = 0.0
    whole: Integer = 0
    count: Count = 1
    box: Annotated[list[Number], Field(min_length=4, max_length=4)] | None = None


class _File(JsonModel):
    items: list[_Item]
    by_name: dict[str, _Item] = Field(default_factory=dict)


def _read(path: Path, content: object) -> _File:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_model(path, _File)


def test_values(tmp_path: Path) -> None:
    item = {"text": True, "number": 2, "whole": 3.0, "other": None}
    data = _read(tmp_path / "f.json", {"items": [item, {"text": 1.5}]})
    first, second = data.items
    assert (first.text, first.number, first.whole) == ("true", 2.0, 3)
    assert (second.text, second.box) == ("1.5", None)
    with_mark = "\ufeff" + json.dumps({"items": []})
    assert _read(tmp_path / "f.json", with_mark).items == []


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"number": "q"}, r"items\[0\].number is 'q', must be a number"),
        ({"number": True}, r"items\[0\].number is True, must be a number"),
        ({"number": float("inf")}, r"number is inf, must be a number"),
        ({"number": 10**400}, r"number is 10+\.\.\., must be a number"),
        ({"whole": 1.5}, r"whole is 1.5, must be an integer"),
        ({"whole": "1"}, r"whole is '1', must be an integer"),
        ({"whole": 2**60}, r"whole is \d+, must be a number of at most"),
        ({"count": 0}, "count is 0, must be an integer of at least 1"),
        ({"count": 2.0}, "count is 2.0, must be an integer"),
        ({"text": []}, r"text is \[\], must be a text"),
        ({"name": ""}, r"name is '', must be a non-empty text"),
        ({"box": [1, 2, 3]}, r"box is \[1, 2, 3\], must be a list of 4 numbers"),
        ({"box": [1, 2, 3, "4"]}, r"items\[0\].box\[3\] is '4', must be a number"),
        (5, r"items\[0\] is 5, must be an object"),
    ],
)
def test_faults_name_file_place_value_and_what_is_allowed(
    tmp_path: Path, item: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        _read(tmp_path / "f.json", {"items": [item]})
    assert str(caught.value).startswith(f"{tmp_path / 'f.json'}: items[0]")
    assert "\n" not in str(caught.value)


def test_faults_of_containers(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    with pytest.raises(ValueError, match=r"f\.json: key 'items' is missing"):
        _read(path, {})
    with pytest.raises(ValueError, match=r"f\.json: is \[\], must be an object"):
        _read(path, [])
    with pytest.raises(ValueError, match="items is None, must be a list"):
        _read(path, {"items": None})
    with pytest.raises(ValueError, match=r"by_name is \[\], must be an object"):
        _read(path, {"items": [], "by_name": []})
    with pytest.raises(
        ValueError, match=r"by_name.a 1.whole is 'x', must be an integer"
    ):
        _read(path, {"items": [], "by_name": {"a 1": {"whole": "x"}}})


def test_no_json(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    for text in ("{", "[" * 100_000):
        with pytest.raises(ValueError, match="no valid json") as caught:
            _read(path, text)
        assert "\n" not in str(caught.value)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="no valid json"):
        load_json(path)
    with pytest.raises(FileNotFoundError, match=r"none\.json"):
        load_json(tmp_path / "none.json")


def test_a_key_twice_among_many_takes_no_time(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    keys = [f'"v{i}": 1' for i in range(100_000)]
    path.write_text("{" + ", ".join([*keys, '"v7": 2']) + "}")
    start = time.process_time()
    with pytest.raises(ValueError, match=r"a\.json .*keys \['v7'\] are there twice"):
        load_json(path)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 5000,
        '"\\ud800"',
        "\0",
        "",
        '{"' + "a" * 10**6 + '": 1, "' + "a" * 10**6 + '": 2}',
    ],
)
def test_whatever_is_no_json_is_one_short_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"a\.json is no valid json") as caught:
        load_json(path)
    assert len(str(caught.value)) < 1000
