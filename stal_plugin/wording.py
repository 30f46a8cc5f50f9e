"""Numbers in sentences, for messages and reports."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: "1 video", "1,204 videos", "no videos".

    Args:
        number: How many, 0 or more.
        noun: The noun, singular.
        plural: Its plural; default: ``noun`` with an s.
    """
    many = plural or f"{noun}s"
    if not number:
        return f"no {many}"
    return f"{number:,} {noun if number == 1 else many}"
