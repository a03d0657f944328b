"""The newsletter that the benchmarks of sending share: 36 kB as it is sent, in Swedish, with four slots.

    from newsletter import rendering

It is built of invented paragraphs in the shape that MJML gives a page, so that nothing but the mould is measured: no
template, no folder. The same bytes every time.
"""

from mailer.audience.rule import Source
from mailer.render.mould import cut
from mailer.render.rendering import Rendering
from mailer.slots import EDITORS_FIELDS, TEMPLATE_SLOTS

SIZE = 36_000  # bytes of a message, its header section included
HEADER_SECTION = 1_300  # bytes, about: what DKIM adds is not counted
SUBJECT = "V Aktuellt maj 2024: så gick årsmötet"
STOPS = "V Aktuellt"
MEMBERS = Source("medlemmar", "Medlemmar i Vallentuna", "du är medlem i Vänsterpartiet Vallentuna", "medlemsregistret")
NAME = EDITORS_FIELDS["förnamn"].marker
CODE, PAGE, WHY = (TEMPLATE_SLOTS[name].marker for name in ("leave_code", "leave_page", "why"))
WORDS = (
    "Styrelsen bjuder in till möte om skolan, biblioteket och bussarna. Vi ses i Folkets hus klockan 18.30, kaffe "
    "finns från sex. På dagordningen står budgeten för nästa år, valet av ombud och en motion om hyrorna på Åby ängar. "
    "Alla medlemmar har rätt att yttra sig och rösta. Den som inte kan komma får gärna skicka sina frågor i förväg."
)
FONT = "font-family:Helvetica, Arial, sans-serif;line-height:1.5;text-align:left;color:#1a1a1a;"
BLOCK = f"""<div style="margin:0px auto;max-width:600px;">
<table align="center" border="0" cellpadding="0" cellspacing="0" role="presentation" style="width:100%;"><tbody><tr>
<td style="direction:ltr;font-size:0px;padding:20px 0;text-align:center;">
<div style="font-size:22px;{FONT}"><h2>{{title}}</h2></div>
<div style="font-size:16px;{FONT}"><p>{{words}}</p></div>
</td></tr></tbody></table></div>
"""
HEAD = """<!doctype html><html lang="sv"><head><title>V Aktuellt</title></head>
<body style="word-spacing:normal;background-color:#f4f4f4;"><p>Hej {name}!</p>
"""
FOOT = """<p>Du får det här för att {why}. Din kod är {code}. <a href="{page}">Sluta få V Aktuellt</a></p></body></html>
"""


def rendering(size: int = SIZE) -> Rendering:
    """The newsletter with as many blocks as `size` bytes hold, the last one cut where it is full."""
    blocks = 1
    while _size(_of(blocks + 1, 0)) <= size - HEADER_SECTION:
        blocks += 1
    letters = size - HEADER_SECTION - _size(_of(blocks, 0))
    while _size(made := _of(blocks, letters)) > size - HEADER_SECTION and letters > 0:
        letters -= 1
    return made


def _of(blocks: int, letters: int) -> Rendering:
    """So many whole blocks, and so many letters more."""
    titles = [f"Nytt från kretsen, del {n + 1}" for n in range(blocks)]
    html = "".join(BLOCK.format(title=title, words=f"{WORDS} {WORDS}") for title in titles)
    text = "".join(f"{title}\n\n{WORDS}\n\n" for title in titles)
    rest = f"<p>{'Väl mött! ' * (letters // 10)}</p>\n"
    return Rendering(
        "alla",
        SUBJECT,
        HEAD.format(name=NAME) + html + rest + FOOT.format(why=WHY, code=CODE, page=PAGE),
        f"Hej {NAME}!\n\n{text}Du får det här för att {WHY}.\nSluta få V Aktuellt: {PAGE} (kod {CODE})\n",
    )


def _size(made: Rendering) -> int:
    return cut(made).size
