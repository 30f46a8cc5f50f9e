from collections import Counter

import pytest

from stal_plugin.annotations.importers.import_options import (
    IGNORED,
    NO_ACTION,
    ActionRule,
)


def test_label_is_the_action_by_default() -> None:
    left_out: Counter[str] = Counter()
    assert ActionRule().actions("wipe", {"x": "y"}, left_out) == ["wipe"]
    assert left_out.total() == 0
    rule = ActionRule(ignore=("person",))
    assert rule.actions("person", {}, left_out) == []
    assert left_out[IGNORED] == left_out.total() == 1


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"action": "wipe"}, ["wipe"]),
        ({"action": " wipe, roll ,wipe"}, ["wipe", "roll"]),
        ({"action": "none"}, []),
        ({"action": "__undefined__"}, []),
        ({"action": ""}, []),
        ({}, []),
        ({"talk": "true", "action": "wipe"}, ["talk", "wipe"]),
        ({"talk": "False", "action": "wipe"}, ["wipe"]),
    ],
)
def test_actions_in_attributes(attributes: dict, expected: list) -> None:
    rule = ActionRule(("talk", "action"), ignore=("none",))
    left_out: Counter[str] = Counter()
    assert rule.actions("person", attributes, left_out) == expected
    ignored = attributes.get("action") == "none"
    assert left_out[IGNORED] == ignored
    assert left_out[NO_ACTION] == (not expected and not ignored)
