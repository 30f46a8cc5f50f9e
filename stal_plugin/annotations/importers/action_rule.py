"""Which actions a box of an annotation tool shows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

#: What was left out.
NO_ACTION = "boxes without an action"
IGNORED = "boxes with an ignored action"
_NOTHING = ("", "__undefined__")  # an attribute that nobody set, and CVAT's word for it


@dataclass(frozen=True)
class ActionRule:
    """Where a tool's boxes hold their actions.

    Args:
        attributes: Names of the attributes that hold actions; () takes the label. The
            value ``true`` of an attribute means the action of the attribute's name,
            ``false`` no action, another text one action or several with commas.
        ignore: Labels and values that are no action, such as ``none``.
        track: Attribute that holds the track, for tools without tracks; '' for none.
    """

    attributes: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    track: str = ""

    def actions(
        self, label: str, attributes: Mapping[str, str], left_out: Counter[str]
    ) -> list[str]:
        """Actions of one box.

        Args:
            label: Its label.
            attributes: Its attributes.
            left_out: Counts ignored actions, and boxes that show none.

        Returns:
            Names without repeats; none for a box that shows no action.
        """
        found = [] if self.attributes else [label]
        for name in self.attributes:
            text = attributes.get(name, "")
            if text.lower() in ("true", "false"):
                found += [name] * (text.lower() == "true")
            else:
                found += text.split(",")
        names = dict.fromkeys(name.strip() for name in found)
        shown = [name for name in names if name not in _NOTHING]
        kept = [name for name in shown if name not in self.ignore]
        left_out[NO_ACTION] += not shown
        left_out[IGNORED] += len(shown) - len(kept)
        return kept
