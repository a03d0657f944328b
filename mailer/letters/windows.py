"""Envelopes with a window: the four we know, a home's own, and where on the sheet the address can stand.

Takes   a profile's name, and the home's own profiles.
Gives   a Window; the box that shows however the sheet slides; the zone of all that can ever show.
Fails   AdminError when there is no such profile, or one in whose window no address of five lines fits.

Nobody publishes the millimetres of the Swedish positions H2 (right) and V2 (left); makers differ. Ours keep out of the
franking (the upper 40 mm) and of the 30 mm at the lower edge that the sorting machines read (PostNord). Measure yours:
the calibration page is for that.
"""

from collections.abc import Sequence

from mailer.errors import AdminError, Problem
from mailer.letters.faces import ASCENT, DESCENT, POINT
from mailer.letters.model import Box, Window

LEAST_SIZE = 8.0  # points: smaller is hard to read, for people and for machines
READABLE = 10.0  # points in which five lines must fit: what mail houses ask for
LINES, MOST_LINES = 5, 6
LEADING = 1.16  # of the size, from line to line
CLOSEST = 1.05  # the same, when there is little room
WIDE = 60.0  # millimetres: ”Lars-Erik Gustafsson-Bergström” in 10 points
EDGE = 1.0  # millimetres inside the box that stay white: printers do not place to the hair


def _e65(key: str, side: str, seen: Box) -> Window:
    """A4 folded in three."""
    return Window(key, f"E65, fönster till {side}", 220, 110, 210, 99, seen)


def _c5(key: str, side: str, seen: Box) -> Window:
    """A4 folded once, or A5: the lower of 148.5 and 148 mm, which slides farther."""
    return Window(key, f"C5, fönster till {side}", 229, 162, 210, 148, seen)


WINDOWS: tuple[Window, ...] = (
    _e65("e65-h2", "höger", Box(110, 42, 90, 35)),
    _e65("e65-v2", "vänster", Box(20, 42, 90, 35)),
    _c5("c5-h2", "höger", Box(109, 44, 105, 35)),
    _c5("c5-v2", "vänster", Box(15, 44, 105, 35)),
)


def window(key: str, own: Sequence[Window] = ()) -> Window:
    """The profile of that name; a home's own goes before ours."""
    known = {w.key: w for w in (*WINDOWS, *own)}
    if key not in known:
        remedy = f"De som finns är {', '.join(known)}. Egna står under [[windows]]."
        raise AdminError(Problem("settings.toml", f"fönsterkuvertet ”{key}” finns inte.", remedy))
    check(known[key])
    return known[key]


def check(window: Window) -> None:
    """Raises AdminError when an address of five lines does not fit, whichever way the sheet slides."""
    if problems := tuple(_problems(window)):
        raise AdminError(*problems)


def address_box(window: Window) -> Box:
    """What shows wherever the sheet lies in the envelope: millimetres of the sheet."""
    across, down = window.slide
    seen = window.window
    return Box(seen.x, seen.y, seen.width - across, seen.height - down)


def clear_zone(window: Window) -> Box:
    """All that can ever show: nothing but the address may stand in it. Millimetres of the sheet."""
    across, down = window.slide
    seen = window.window
    return Box(seen.x - across, seen.y - down, seen.width + across, seen.height + down)


def high(lines: int, size: float, leading: float) -> float:
    """Millimetres of lines of an address."""
    return ((lines - 1) * leading + ASCENT + DESCENT) * size * POINT


def _problems(window: Window) -> list[Problem]:
    where = f"settings.toml, [[windows]] {window.key}"
    across, down = window.slide
    if across < 0 or down < 0:
        return [Problem(where, "arket är större än kuvertet.",
                        "Ändra sheet_width och sheet_height, eller envelope_width och envelope_height.")]  # fmt: skip
    found = []
    seen, box, clear = window.window, address_box(window), clear_zone(window)
    if seen.x < 0 or seen.x + seen.width > window.envelope_width:
        found.append(Problem(where, "fönstret når utanför kuvertet i sidled.", "Ändra window_x eller window_width."))
    if seen.y < 0 or seen.y + seen.height > window.envelope_height:
        found.append(Problem(where, "fönstret når utanför kuvertet i höjdled.", "Ändra window_y eller window_height."))
    if box.width - 2 * EDGE < WIDE:
        what = (
            f"arket kan glida {across:.0f} mm i sidled, och då syns bara {max(box.width, 0):.0f} mm av adressen säkert."
        )
        remedy = f"{WIDE + 2 * EDGE:.0f} mm behövs: ett bredare fönster (window_width) eller ett ark som glider mindre."
        found.append(Problem(where, what, remedy))
    needed = high(LINES, READABLE, CLOSEST) + 2 * EDGE
    if box.height < needed:
        what = (
            f"arket kan glida {down:.0f} mm i höjdled, och då syns bara {max(box.height, 0):.0f} mm av adressen säkert."
        )
        remedy = (
            f"Fem rader behöver {needed:.0f} mm: ett högre fönster (window_height) eller ett ark som glider mindre "
            "(sheet_height)."
        )
        found.append(Problem(where, what, remedy))
    if not found and clear.y + clear.height > window.sheet_height - 4:
        found.append(Problem(where, "fönstret kan visa vad som står nedanför vikningen.",
                             "Ändra window_y eller window_height så att det slutar högre upp."))  # fmt: skip
    return found
