import pytest

from stal_plugin.annotations.unscored_classes import (
    MULTISPORTS,
    rare_actions,
    unscored_labels,
)


def test_20_of_80_actions_are_not_scored():
    actions = [f"action {number}" for number in range(1, 81)]
    rare = rare_actions(actions)
    assert len(set(rare)) == 20
    # in both published lists: 1, 3 and 80 are scored, 2, 16 and 75 are not
    assert {"action 2", "action 16", "action 75"} < set(rare)
    assert not {"action 1", "action 3", "action 80"} & set(rare)
    assert rare_actions(actions[:60]) == ()


def test_by_name_and_by_data_set() -> None:
    assert unscored_labels([], ["a"]) == []
    assert unscored_labels(["c", "a", "c"], ["a", "b", "c"]) == [0, 2]
    actions = [f"action {number}" for number in range(1, 81)]
    labels = unscored_labels(["ava", "action 1"], actions)
    assert len(labels) == 21
    assert labels[:3] == [0, 1, 15]
    # a csv alone has numbers, up to the largest that it holds
    assert unscored_labels(["ava"], [str(n) for n in range(1, 20)]) == [1, 15, 17, 18]
    sports = ["football pass", *MULTISPORTS]
    assert unscored_labels(["multisports"], sports) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["walks"], "--without 'walks': no such class; did you mean 'walk'?"),
        (["12"], "--without '12': no such class .names of classes, ava or multisp"),
        (["ava"], "--without ava: these 2 classes are not those of ava"),
        (["multisports"], "these 2 classes are not those of multisports"),
        (["run", "walk"], "--without leaves no class to score"),
    ],
)
def test_mistakes(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unscored_labels(words, ["walk", "run"])
