"""Scores of ``metrics.json`` in words: what each key is called, and what it says."""

import re

_LOW = "@0.005"
_KEY = re.compile(
    r"(?P<base>.*?)(?P<thr>@[\d.:]+)?(\((?P<group>.*?)\))?(\[(?P<split>.*?)\])?$"
)

_NAMES = {
    "frame-mAP": "frame-mAP",
    "video-mAP": "video-mAP",
    "localization_recall": "people found",
    "classification_accuracy": "action named right",
    "precision": "precision",
    "recall": "recall",
    "fscore": "F-score",
    "swap_rate": "pairs taken for each other",
    "share": "share",
}
_MEANINGS = {
    "frame-mAP": "Average precision of boxes on single frames, mean of the classes; a "
    "box is right with the right action and at least this IoU.",
    "video-mAP": "Average precision of tubes, boxes linked over time, mean of the "
    "classes; a tube is right with the right action and at least this IoU.",
    "localization_recall": "Of the annotated boxes, those that a candidate overlaps "
    "with IoU > 0.5, whatever its action. Candidate: objectness > 0.25.",
    "classification_accuracy": "Of the boxes found, those whose candidate names the "
    "right action.",
    "precision": "Right boxes among the candidates.",
    "recall": "Annotated boxes that are found and named right.",
    "fscore": "Harmonic mean of precision and recall.",
    "swap_rate": "Of the actions that show each other's motion backwards, how often "
    "one is called by the name of the other; 50 % is guessing.",
    "share": "Part of the area above or below the PR curve, mean of the classes.",
}
_LOW_NAMES = {
    "precision": "right boxes per 100 confident ones",
    "fscore": "F-score with right boxes per confident one",
}
_LOW_MEANINGS = {
    "precision": "Annotated boxes that any box of score > 0.005 finds and names right, "
    "divided by the number of boxes of objectness > 0.25. These are two sets of boxes: "
    "it is the published rule, no share, and can be far above 100 %.",
    "fscore": "Harmonic mean of that number and of the recall; it can be above 100 %.",
}


def is_of_low_scores(key: str) -> bool:
    """Tell scores by the rule of arXiv:2012.08097, score > 0.005, from the usual ones.

    Args:
        key: Name of a score in ``metrics.json``, such as ``'precision@0.005'``.
    """
    return _parts(key)["thr"] == _LOW


def score_name(key: str) -> str:
    """Return what a score is called.

    Args:
        key: Its name in ``metrics.json``; one that is unknown is returned as it is.
    """
    parts = _parts(key)
    base, threshold = parts["base"], parts["thr"]
    if base not in _NAMES:
        return key
    if threshold == _LOW:
        name = _LOW_NAMES.get(base, f"{_NAMES[base]} at any score")
    else:
        name = _NAMES[base] + threshold
    details = [text for text in (parts["group"], parts["split"]) if text]
    return f"{name}, {', '.join(details)}" if details else name


def score_meaning(key: str) -> str:
    """Return what a score says in a sentence or two; nothing for an unknown one.

    Args:
        key: Its name in ``metrics.json``.
    """
    base = _parts(key)["base"]
    if is_of_low_scores(key):
        meaning = _MEANINGS.get(base, "").replace("objectness > 0.25", "score > 0.005")
        return _LOW_MEANINGS.get(base, meaning)
    return _MEANINGS.get(base, "")


def _parts(key: str) -> dict[str, str]:
    """Split e.g. ``frame-mAP@0.5(small)[unseen]``; what is missing is empty."""
    match = _KEY.match(key)
    return match.groupdict("") if match else {"base": key, "thr": ""}
