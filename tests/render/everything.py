"""An issue with everything an editor can write in it, and the worst of it: what the templates must stand."""

from dataclasses import replace
from datetime import datetime
from functools import cache
from io import BytesIO

from PIL import Image as Drawing
from PIL import ImageDraw

from mailer.content.images import Image, prepare
from mailer.content.readers import Readers
from mailer.issue.assemble import FromFeed, Issue
from mailer.render.issue import render_issue
from mailer.render.letter import render_letter
from mailer.render.rendering import Part, Rendering
from tests.render.vallentuna import SETTINGS, ZONE, block, event, issue, templates

TORG = """---
rubrik: Torgmötet som blev en julgransplundring i maj
ingress: Allt på en gång, med bild
bild: torget.jpg
alt: Fem personer i regnkläder håller upp en röd fana framför ett partytält på Tuna torg.
foto: Gunnel Sjö
knapp: Anmäl dig till nästa
länk: https://vallentuna.example/anmalan?möte=torget&månad=juni
---
Hej {{ förnamn }}! Det **regnade**, men *ingen* gick hem. ~~Kaffet~~ Soppan räckte till alla.

## Vad som sades

> ”Jag har aldrig sett så många paraplyer på en gång”, sa torghandlaren.

### En rubrik till, längre ned

1. Först det ena
2. sedan det andra, som är så långt att det måste brytas på två rader även i en vid läsare
   - och en punkt i punkten
   - och en till

#### Och en rubrik i botten

Läs mer på [hemsidan](https://vallentuna.example/en/mycket/lang/adress?med=fragor&och=svar), eller ring
[070-174 06 05](tel:+46701740605).
"""
TABELL = """---
rubrik: Kommunfullmäktigesammanträdesprotokollsjusteringen
---
| Förvaltningsnämnd | Verksamhetsansvarig | Budgetuppföljning | E-post |
|:--|--:|:-:|---|
| Barn- och ungdomsnämnden | Kommunfullmäktigeledamot Yusuf Demir | 1 234 567 kr | yusuf.demir@kommungruppen.vallentuna.example |
| Socialnämnden | {{ förnamn }} | Arbetsmarknadspolitikens utvärdering | https://vallentuna.example/namnder/socialnamnden |

Ett ord utan slut: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa. Och en
adress: <https://vallentuna.example/protokoll/kommunfullmaktige/2024/sammantrade-05/paragraf-67/bilaga-3-reservation>

```
kod på en mycket lång rad som ingen borde skriva i ett brev men som någon ändå kommer att klistra in en dag
```

---

![En handritad karta över Kårsta med busshållplatsen utmärkt.](karta.png "Bild: Bo Godkännare")

![En bild som inte följde med](borta.jpg)

Efter bilden.
"""
STYRELSEN = """---
rubrik: Inför budgeten
får läsas av: styrelsen
knapp: Skriv till kassören
länk: mailto:kassor@vallentuna.example
---
Det här läser bara styrelsen.
"""
EVENTS = (
    "---\nrubrik: Medlemsmöte med kommunalrådsberedningsgruppssammankomst\ndatum: 2024-05-14\ntid: 18.30-20\n"
    "plats: Folkets hus, stora salen, Vallentuna\n---\nSoppa från kl. 18. [Anmäl dig](https://vallentuna.example/m).\n",
    "---\nrubrik: Studiecirkel\ndatum: 2024-05-13\ntid: 18-20\nupprepas: varje vecka\nantal: 4\n---\nI ABF:s lokal.\n",
    "---\nrubrik: Kongress\ndatum: 2024-05-16\nslutdatum: 2024-05-19\nlänk: https://vallentuna.example/kongress\n---\n",
    "---\nrubrik: Nattvandring\ndatum: 2024-05-24\nslutdatum: 2024-05-25\ntid: 22-01\ninställt: ja\n---\n## Ta med\n\n- ficklampa\n- kaffe\n",
)


@cache
def images() -> dict[str, Image]:
    """A photograph and a map, drawn here and prepared as an editor's are."""
    photo = Drawing.effect_mandelbrot((1600, 900), (-2, -1, 1, 1), 60).convert("RGB")
    map_ = Drawing.new("RGB", (360, 220), "white")
    ImageDraw.Draw(map_).line([(10, 200), (180, 40), (350, 120)], fill="red", width=6)
    return {
        "2024-05/torget.jpg": prepare(_written(photo, "JPEG"), "content/2024-05/torget.jpg", 4),
        "2024-05/karta.png": prepare(_written(map_, "PNG"), "content/2024-05/karta.png", 19),
    }


def everything() -> Issue:
    """All kinds of parts, in one issue."""
    blocks = tuple(block(text, name) for name, text in (("1", TORG), ("2", TABELL), ("3", STYRELSEN)))
    events = tuple(event(text, str(n)) for n, text in enumerate(EVENTS))
    return replace(issue(blocks, events), posts=posts())


def posts() -> tuple[FromFeed, ...]:
    excerpt = (
        "Fullmäktige sade ja till skolmaten och nej till nedläggningen av biblioteket i Kårsta. Så gick det till …"
    )
    published = datetime(2024, 5, 2, 12, 0, tzinfo=ZONE)
    return tuple(
        FromFeed(f"flöde:{n}", feed, title, f"https://vallentuna.example/{n}?a=1&b=2", excerpt, Readers(), when)
        for n, (feed, title, when) in enumerate(
            [
                ("På hemsidan", "Så gick det i fullmäktige", published),
                ("På hemsidan", "Vi vill ha bussen tillbaka", None),
                ("Från distriktet", "Distriktsårskonferensen närmar sig", published),
            ]
        )
    )


def render_everything() -> Rendering:
    calendar = Part("v-aktuellt-2024-05.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", False)
    marks = {"2024-05/3.md": "Endast för styrelsen", "flöde:1": "Endast för medlemmar"}
    marks["evenemang/2.md"] = "Endast för styrelsen"
    return render_issue(everything(), templates(), SETTINGS, "alla", images(), marks, (calendar,))


def render_everything_as_letter() -> Rendering:
    return render_letter(
        block(TORG, "1"), templates(), SETTINGS, kind="correction", images=images(), mark="Endast för styrelsen"
    )


def _written(drawing: Drawing.Image, form: str) -> bytes:
    raw = BytesIO()
    drawing.save(raw, form)
    return raw.getvalue()
