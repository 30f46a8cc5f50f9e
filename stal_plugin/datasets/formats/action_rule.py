"""Which actions a box of an annotation tool shows."""

from collections.abc import Mapping
from dataclasses import dataclass

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

    def actions(self, label: str, attributes: Mapping[str, str]) -> list[str]:
        """Actions of one box.

        Args:
            label: Its label.
            attributes: Its attributes.

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
        return [n for n in names if n not in _NOTHING and n not in self.ignore]
