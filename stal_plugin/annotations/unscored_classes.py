"""Classes that published numbers leave out."""

import difflib
from collections.abc import Sequence

NUM_AVA_ACTIONS = 80

# Fewer than 25 examples in the val part, so not in the published mAP: the others are
# the 60 of ava_action_list_v2.2_for_activitynet_2019.pbtxt (and of v2.1's for 2018).
_RARE = (2, 16, 18, 19, 21, 23, 25, 31, 32, 33, 35, 39, 40, 42, 44, 50, 53, 55, 71, 75)

#: Of MultiSports' 66 actions those that its own evaluation leaves out.
MULTISPORTS = (
    "aerobic kick jump",
    "aerobic off axis jump",
    "aerobic butterfly jump",
    "aerobic balance turn",
    "basketball save",
    "basketball jump ball",
)


def rare_actions(classes: Sequence[str]) -> tuple[str, ...]:
    """Name AVA's actions that are too rare to be scored.

    Args:
        classes: Names of all actions in AVA's order.

    Returns:
        The 20 of AVA's 80; none of another list, which is a user's own.
    """
    if len(classes) != NUM_AVA_ACTIONS:
        return ()
    return tuple(classes[number - 1] for number in _RARE)


def unscored_labels(words: Sequence[str], classes: Sequence[str]) -> list[int]:
    """Find the classes that are to be left out.

    Args:
        words: Names of classes; ``'ava'`` or ``'multisports'``: those that the
            published numbers of that data set leave out.
        classes: Names of all classes.

    Returns:
        Their numbers, 0-based, ascending.

    Raises:
        ValueError: There is no such class, or none is left.
    """
    names: set[str] = set()
    for word in words:
        names |= {word} if word in classes else _of_data_set(word, classes)
    if len(names) == len(classes):
        raise ValueError("--without leaves no class to score")
    return [label for label, name in enumerate(classes) if name in names]


def _of_data_set(word: str, classes: Sequence[str]) -> set[str]:
    if word == "multisports" and set(MULTISPORTS) <= set(classes):
        return set(MULTISPORTS)
    if word == "ava" and list(classes) == [str(n + 1) for n in range(len(classes))]:
        return {str(number) for number in _RARE} & set(classes)  # a csv without names
    if word == "ava" and len(classes) == NUM_AVA_ACTIONS:
        return set(rare_actions(classes))
    if word in ("ava", "multisports"):
        raise ValueError(
            f"--without {word}: these {len(classes)} classes are not those of {word}"
        )
    near = difflib.get_close_matches(word, classes, 1, 0.5)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise ValueError(
        f"--without {word!r}: no such class{hint} (names of classes, ava or "
        "multisports are allowed)"
    )
