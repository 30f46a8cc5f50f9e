import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.engine.checkpoints.plain_json import dumps, loads

KEYS = st.text(max_size=4) | st.sampled_from(["__tuple__", "__items__"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES | st.floats(allow_nan=False),
    lambda children: (
        st.lists(children, max_size=3)
        | st.lists(children, max_size=3).map(tuple)
        | st.dictionaries(KEYS | st.integers(), children, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_round_trip(value: object) -> None:
    read = loads(dumps(value))
    assert read == value
    assert repr(read) == repr(value)  # also the kinds of sequences and numbers


def test_others_can_read_it() -> None:
    text = dumps({"scale": (112, 96), "counts": {1: 2}, "mean": [0.5], "x": "Ö"})
    assert json.loads(text) == {
        "scale": {"__tuple__": [112, 96]},
        "counts": {"__items__": [[1, 2]]},
        "mean": [0.5],
        "x": "Ö",
    }
    assert loads('{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}


def test_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        dumps({"a": [object()]})


@pytest.mark.parametrize(
    "text", ["{", '{"__tuple__": 1}', '{"__items__": [[[], 1]]}', '{"__items__": [1]}']
)
def test_damaged_text(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's messages are its own
        loads(text)


@settings(max_examples=200, deadline=None)
@given(st.text() | st.from_regex(r'[\[{"_tupleims}:,0-9\]]*'))
def test_no_text_makes_another_error(text: str) -> None:
    with suppress(ValueError):
        loads(text)
