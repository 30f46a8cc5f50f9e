"""The motion programme of every label that occurs, and the pairs among them."""

from collections.abc import Callable, Iterable

from standin.motion import Motion

# Speeds are per frame at 25 fps and in units of the box. They are a compromise: a
# box of 10 px (at 112x112 input) must move by most of a pixel per frame, and two
# frames (frame_interval=2) must stay below half a box or half a turn, where the
# direction becomes ambiguous.
_SLOW = 1 / 15
_FAST = 1 / 6
_DIAGONAL = 1 / 18
_TURN = 1 / 20

PROGRAMMES: dict[str, Motion] = {
    # Pairs of time reversals and of mirror images.
    "Pick up from bin with tong or scooper": Motion(drift=(_DIAGONAL, -_DIAGONAL)),
    "Put item into meal using tongs": Motion(drift=(-_DIAGONAL, -_DIAGONAL)),
    "Put tongs or scooper back in bin": Motion(drift=(-_DIAGONAL, _DIAGONAL)),
    "Put roll into roll cut machine": Motion(drift=(_DIAGONAL, _DIAGONAL)),
    "Put item into meal using hands": Motion(drift=(-_SLOW, 0.0)),
    "Pick up from bin with hands": Motion(drift=(_SLOW, 0.0)),
    "Pick up sauce": Motion(drift=(0.0, -_SLOW)),
    "Put sauce down": Motion(drift=(0.0, _SLOW)),
    "Place cut roll into boat": Motion(drift=(_FAST, 0.0)),
    "Pickup cut roll from roll machine": Motion(drift=(-_FAST, 0.0)),
    "Pick up a drink": Motion(drift=(0.0, -_FAST)),
    "Put drink down": Motion(drift=(0.0, _FAST)),
    "Hand item to customer": Motion(orbit=0.3, orbit_speed=1 / 16, spin=1 / 16),
    "Put lid on roll": Motion(orbit=0.3, orbit_speed=-1 / 16, spin=-1 / 16),
    "Roll a sushi roll": Motion(spin=_TURN),
    "Put gloves on": Motion(spin=-_TURN),
    "Handing credit card": Motion(orbit=0.25, orbit_speed=1 / 16),
    "Inserting chip of credit card": Motion(orbit=0.25, orbit_speed=-1 / 16),
    # Their own mirror image and reversal.
    "Clean counter": Motion(swing=(0.25, 0.0), swing_period=10),
    "Squirt sauce": Motion(pulse=1 / 10),
    "Using a cell phone": Motion(swing=(0.3, 0.0), swing_period=20),
    "Operating sushi roll cutter": Motion(swing=(0.0, 0.3), swing_period=20),
    "Operating POS": Motion(swing=(0.0, 0.25), swing_period=10),
    "Operating fivestar": Motion(pulse=1 / 20),
    # Labels with fewer than ten clips.
    "Wipe tray to the left": Motion(swing=(0.2, 0.2), swing_period=10),
    "Wipe tray to the right": Motion(swing=(0.2, -0.2), swing_period=10),
    "Scrub cutting board": Motion(swing=(0.25, 0.25), swing_period=20),
    "Scrub rice cooker": Motion(swing=(0.25, -0.25), swing_period=20),
    "Open jar": Motion(spin=-1 / 10),
    "Close jar": Motion(spin=1 / 10),
    "Take lid off container": Motion(drift=(0.0, -_SLOW), spin=_TURN),
    "Take cup off stack": Motion(drift=(0.0, -_SLOW), spin=-_TURN),
    "Put lid on container": Motion(drift=(0.0, _SLOW), spin=-_TURN),
    "Put cup on stack": Motion(drift=(0.0, _SLOW), spin=_TURN),
    "Inflate bag": Motion(drift=(0.0, -_SLOW), pulse=1 / 10),
    "Press bag flat": Motion(drift=(0.0, _SLOW), pulse=1 / 10),
    "Stretch wrap to the left": Motion(drift=(-_SLOW, 0.0), pulse=1 / 10),
    "Stretch wrap to the right": Motion(drift=(_SLOW, 0.0), pulse=1 / 10),
}


def mirrored_pairs(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of labels that swap under a horizontal flip.

    Args:
        labels: Labels to look among, in order.

    Returns:
        Each pair once, in the order of ``labels``. A label that is its own mirror
        image is in no pair.
    """
    return _pairs(labels, lambda motion: motion.mirrored())


def reversed_pairs(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of labels that swap when the frames are played backwards.

    Args:
        labels: Labels to look among, in order.

    Returns:
        Each pair once, in the order of ``labels``.
    """
    return _pairs(labels, lambda motion: motion.reversed())


def _pairs(
    labels: Iterable[str], partner: Callable[[Motion], Motion]
) -> list[tuple[str, str]]:
    """Pairs (a, b) of different labels with ``partner(a's motion) == b's motion``."""
    known = {PROGRAMMES[name]: name for name in labels if name in PROGRAMMES}
    pairs: list[tuple[str, str]] = []
    for motion, name in known.items():
        other = known.get(partner(motion), name)
        if other != name and (other, name) not in pairs:
            pairs.append((name, other))
    return pairs
