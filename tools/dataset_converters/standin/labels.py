"""The 45 Agot labels and how often each occurs.

Table 1 of arXiv:2012.08097 gives name, clips and frames of the 24 labels with at least
ten clips. The paper also says that 38 of 45 labels occur, but names only the 24;
the other 21 names are invented, their clip counts add up to the 1,061 labelled
clips of the original release (1,013 of them in Table 1).
"""

from typing import NamedTuple


class LabelCount(NamedTuple):
    """How often one label occurs.

    Args:
        name: The label, exactly as in Table 1.
        clips: Number of labelled clips (tracks).
        frames: Number of labelled frames over all clips.
    """

    name: str
    clips: int
    frames: int

    @property
    def frames_per_clip(self) -> float:
        """Mean length of a clip in frames."""
        return self.frames / self.clips


TABLE1: tuple[LabelCount, ...] = (
    LabelCount("Pick up from bin with tong or scooper", 149, 7187),
    LabelCount("Put item into meal using tongs", 136, 5084),
    LabelCount("Put tongs or scooper back in bin", 89, 1015),
    LabelCount("Operating POS", 74, 9414),
    LabelCount("Put item into meal using hands", 66, 3234),
    LabelCount("Pick up from bin with hands", 55, 2538),
    LabelCount("Pick up sauce", 52, 954),
    LabelCount("Put sauce down", 41, 905),
    LabelCount("Clean counter", 36, 4959),
    LabelCount("Squirt sauce", 31, 2782),
    LabelCount("Put roll into roll cut machine", 30, 1327),
    LabelCount("Place cut roll into boat", 30, 7734),
    LabelCount("Pickup cut roll from roll machine", 29, 4687),
    LabelCount("Operating sushi roll cutter", 28, 3215),
    LabelCount("Roll a sushi roll", 25, 10407),
    LabelCount("Pick up a drink", 22, 593),
    LabelCount("Hand item to customer", 21, 736),
    LabelCount("Put gloves on", 20, 3195),
    LabelCount("Handing credit card", 18, 514),
    LabelCount("Put lid on roll", 15, 845),
    LabelCount("Put drink down", 14, 403),
    LabelCount("Operating fivestar", 12, 2209),
    LabelCount("Using a cell phone", 10, 15239),
    LabelCount("Inserting chip of credit card", 10, 838),
)

RARE: tuple[LabelCount, ...] = (
    LabelCount("Wipe tray to the left", 9, 405),
    LabelCount("Wipe tray to the right", 7, 315),
    LabelCount("Scrub cutting board", 6, 270),
    LabelCount("Scrub rice cooker", 5, 225),
    LabelCount("Open jar", 4, 180),
    LabelCount("Close jar", 4, 180),
    LabelCount("Take lid off container", 3, 135),
    LabelCount("Take cup off stack", 2, 90),
    LabelCount("Put lid on container", 2, 90),
    LabelCount("Put cup on stack", 2, 90),
    LabelCount("Inflate bag", 1, 45),
    LabelCount("Press bag flat", 1, 45),
    LabelCount("Stretch wrap to the left", 1, 45),
    LabelCount("Stretch wrap to the right", 1, 45),
)

UNUSED: tuple[str, ...] = (
    "Take off gloves",
    "Wash hands",
    "Refill bin",
    "Take out trash",
    "Print receipt",
    "Count cash",
    "Restock napkins",
)

ALL_LABELS: tuple[str, ...] = (
    tuple(row.name for row in TABLE1) + tuple(row.name for row in RARE) + UNUSED
)
