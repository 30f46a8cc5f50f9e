import pytest

from stal_plugin.datasets.formats.action_rule import ActionRule


def test_label_is_the_action_by_default() -> None:
    assert ActionRule().actions("wipe", {"x": "y"}) == ["wipe"]
    assert ActionRule(ignore=("person",)).actions("person", {}) == []


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
    assert rule.actions("person", attributes) == expected
