from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.config import Config

from stal_plugin.engine.checkpoints.legacy_config import parse_config_text

KEYS = st.from_regex(r"[a-z][a-z_0-9]{0,8}", fullmatch=True).filter(
    lambda k: k not in ("if", "is", "in", "or", "as", "for", "not", "and", "def")
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES | st.floats(allow_nan=False, allow_infinity=False),
    lambda children: (
        st.lists(children, max_size=3)
        | st.lists(children, max_size=3).map(tuple)
        | st.dictionaries(KEYS, children, max_size=3)
    ),
    max_leaves=6,
)


def test_reads_what_mmengine_writes() -> None:
    content = {
        "model": {"type": "a.B", "sizes": [(1, -2.5)], "by id": {1: None, "x y": True}},
        "lr": 1e-4,
        "names": ("it's", 'say "no"', "a\nb"),
    }
    assert parse_config_text(Config(content).pretty_text) == content


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_reads_any_settings(content: dict) -> None:
    text = "\n".join(f"{key} = {value!r}" for key, value in content.items())
    assert parse_config_text(text) == content


@settings(max_examples=200, deadline=None)
@given(st.text() | st.from_regex(r"[a-z]+ = [\[({a-z0-9,:)}\] ='\"]*"))
def test_no_text_is_run_or_crashes(text: str) -> None:
    with suppress(ValueError):  # no other error
        assert isinstance(parse_config_text(text), dict)


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "x = __import__('os').system('echo hi')",
        "x = dict(a=open('file'))",
        "x = dict(**y)",
        "x = [i for i in range(3)]",
        "x += 1",
        "a, b = 1, 2",
    ],
)
def test_code_is_refused_by_its_line(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 of the config text is no setting"):
        parse_config_text(f"a = dict(b=1)\n{line}\n")
