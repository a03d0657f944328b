"""Replies to a survey's mail as members' programs write them: what each answers, and nothing of what it quotes.

Takes   nothing.
Gives   REPLIES: a name, the mail's fields and body, and the answers that are in it; {}: words for a person.
Fails   never.

What is quoted is the survey's mail with all its choices, so an answer taken from a quote shows. The names are invented;
the ways to quote are those of the programs named.
"""

import base64
import quopri
from dataclasses import dataclass, field

ASKED = """\
Hej Förnamn1!

Vi vill veta vad du tycker. Första frågan:

Vill du bli aktiv?

Ja
Kanske
Nej

1. Ja
2. Kanske
aktiv: Nej
hur: Styrelsen
viktigast: Skolan

Svara här: https://utskick.forening.example/enkat/abc
Svara senast 30 juni.
"""
QUOTED = "".join(f"> {line}\n" if line else ">\n" for line in ASKED.splitlines())
TWICE = "".join(f"> > {line}\n" for line in ASKED.splitlines())
BARRED = "".join(f"| {line}\n" for line in ASKED.splitlines())
HTML = ASKED.replace("\n", "<br>\n")

AT = "V Aktuellt <aktuellt@forening.example>"
GMAIL_SV = f"\n\nDen tis 5 mars 2024 kl 10:12 skrev {AT}:\n\n{QUOTED}"
GMAIL_EN = f"\n\nOn Tue, Mar 5, 2024 at 10:12 AM {AT} wrote:\n\n{QUOTED}"
GMAIL_LONG = (
    "\n\nDen tis 5 mars 2024 kl 10:12 skrev Vänsterföreningen i Exempelstad\n<aktuellt@forening.example>:\n\n" + QUOTED
)
APPLE_SV = f"\n\n5 mars 2024 kl. 10:12 skrev {AT}:\n\n{QUOTED}"
IPHONE_SV = f"\n\nSkickat från min iPhone\n\n> 5 mars 2024 kl. 10:12 skrev {AT}:\n> \n{QUOTED}"
IPHONE_EN = f"\n\nSent from my iPhone\n\n> On 5 Mar 2024, at 10:12, {AT} wrote:\n> \n{QUOTED}"
THUNDERBIRD = f"\n\nDen 2024-03-05 kl. 10:12, skrev V Aktuellt:\n{QUOTED}"
ROUNDCUBE = f"\n\nPå 2024-03-05 10:12, V Aktuellt skrev:\n{QUOTED}"
OUTLOOK_SV = (
    "\n\n________________________________\nFrån: V Aktuellt <aktuellt@forening.example>\n"
    f"Skickat: den 5 mars 2024 10:12\nTill: Förnamn1\nÄmne: Medlemsenkät 2024\n\n{ASKED}"
)
OUTLOOK_DESKTOP = (
    "\n\nFrån: V Aktuellt <aktuellt@forening.example> \nSkickat: den 5 mars 2024 10:12\n"
    f"Till: m1@post.example\nÄmne: Medlemsenkät 2024\n\n{ASKED}"
)
OUTLOOK_EN = (
    "\n\nFrom: V Aktuellt <aktuellt@forening.example>\nSent: Tuesday, March 5, 2024 10:12 AM\n"
    f"To: m1@post.example\nSubject: Survey\n\n{ASKED}"
)
ORIGINAL_SV = (
    "\n\n-----Ursprungligt meddelande-----\nFrån: V Aktuellt\nSkickat: den 5 mars 2024 10:12\nTill: m1@post.example\n"
    f"Ämne: Enkät\n\n{ASKED}"
)
ORIGINAL_EN = (
    f"\n\n-----Original Message-----\nFrom: V Aktuellt\nSent: 5 March 2024\nTo: m1\nSubject: Survey\n\n{ASKED}"
)
SAMSUNG = (
    f"\n\nSkickat från min Galaxy\n\n-------- Originalmeddelande --------\nFrån: {AT}\nDatum: 2024-03-05 10:12 "
    f"(GMT+01:00)\nTill: m1@post.example\nÄmne: Enkät\n\n{ASKED}"
)
YAHOO = f"\n\n    Den tisdag 5 mars 2024 10:12:33 CET, {AT} skrev:  \n \n {QUOTED}"
PROTON = f"\n\nSkickat med Proton Mail säker e-post.\n\ntisdag 5 mars 2024 kl. 10:12 skrev {AT}:\n\n{QUOTED}"
MOBILE_OUTLOOK = f"\n\nSkaffa Outlook för Android<https://aka.ms/AAb9ysg>\n{OUTLOOK_SV.lstrip()}"

QUOTES = [GMAIL_SV, GMAIL_EN, GMAIL_LONG, APPLE_SV, IPHONE_SV, IPHONE_EN, THUNDERBIRD, ROUNDCUBE, OUTLOOK_SV,
          OUTLOOK_DESKTOP, OUTLOOK_EN, ORIGINAL_SV, ORIGINAL_EN, SAMSUNG, YAHOO, PROTON, MOBILE_OUTLOOK,
          f"\n\n{QUOTED}", f"\n\n{TWICE}", f"\n\n{BARRED}"]  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """One mail. `answers`: what is in it. `is_anonymous`: it answers an anonymous question, which is cut."""

    name: str
    body: bytes
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    head: str = 'Content-Type: text/plain; charset="utf-8"'
    is_anonymous: bool = False
    subject: str = "Sv: Medlemsenkät 2024"


def plain(name: str, text: str, is_anonymous: bool = False, **answers: str | tuple[str, ...]) -> Reply:
    return Reply(name, text.encode(), _tuples(answers), is_anonymous=is_anonymous)


def html(name: str, text: str, **answers: str | tuple[str, ...]) -> Reply:
    return Reply(name, text.encode(), _tuples(answers), 'Content-Type: text/html; charset="utf-8"')


def both(name: str, text: str, page: str, **answers: str | tuple[str, ...]) -> Reply:
    body = (
        f'--b\nContent-Type: text/plain; charset="utf-8"\n\n{text}\n--b\n'
        f'Content-Type: text/html; charset="utf-8"\n\n{page}\n--b--\n'
    )
    return Reply(name, body.encode(), _tuples(answers), 'Content-Type: multipart/alternative; boundary="b"')


def _tuples(answers: dict[str, str | tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {key: (one,) if isinstance(one, str) else one for key, one in answers.items()}


LATIN = quopri.encodestring(("Nej, tyvärr" + APPLE_SV).encode("cp1252", "replace"))
BASE64 = base64.encodebytes(("Kanske" + OUTLOOK_SV).encode())

REPLIES = [
    # The mail's own question, answered in a word.
    plain("gmail sv: Ja", f"Ja{GMAIL_SV}", aktiv="ja"),
    plain("gmail en: Yes please", f"Yes please!{GMAIL_EN}", aktiv="ja"),
    plain("gmail, two lines of attribution", f"Kanske{GMAIL_LONG}", aktiv="kanske"),
    plain("apple mail: Nej tack", f"Nej tack{APPLE_SV}", aktiv="nej"),
    plain("iphone sv: ja gärna", f"ja gärna 😊{IPHONE_SV}", aktiv="ja"),
    plain("iphone en: Perhaps.", f"Perhaps.{IPHONE_EN}", aktiv="kanske"),
    plain("thunderbird above", f"Ja, det vill jag!{THUNDERBIRD}", aktiv="ja"),
    plain("thunderbird below", f"Den 2024-03-05 kl. 10:12, skrev V Aktuellt:\n{QUOTED}\nJa\n", aktiv="ja"),
    plain("roundcube", f"Hej!\n\nKanske.\n\nMvh\nÅsa{ROUNDCUBE}", aktiv="kanske"),
    plain("outlook on the web", f"Nej{OUTLOOK_SV}", aktiv="nej"),
    plain("outlook on the desk", f"Hej,\n\nJa, absolut.\n\nHälsningar\nÅsa{OUTLOOK_DESKTOP}", aktiv="ja"),
    plain("outlook en", f"No, sorry{OUTLOOK_EN}", aktiv="nej"),
    plain("old outlook sv", f"Ja tack{ORIGINAL_SV}", aktiv="ja"),
    plain("old outlook en", f"yes{ORIGINAL_EN}", aktiv="ja"),
    plain("samsung", f"Ja{SAMSUNG}", aktiv="ja"),
    plain("yahoo", f"Kanske{YAHOO}", aktiv="kanske"),
    plain("proton", f"JA!!!{PROTON}", aktiv="ja"),
    plain("outlook on a telephone", f"Nej{MOBILE_OUTLOOK}", aktiv="nej"),
    Reply("windows-1252, quoted-printable", LATIN, {"aktiv": ("nej",)},
          'Content-Type: text/plain; charset="iso-8859-1"\nContent-Transfer-Encoding: quoted-printable'),
    Reply("base64", BASE64, {"aktiv": ("kanske",)},
          'Content-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: base64'),
    plain("a sentence more", f"Ja, gärna! Men bara på helgerna, för jag jobbar kväll.{GMAIL_SV}", aktiv="ja"),
    plain("quoted with bars", f"Ja\n\n{BARRED}", aktiv="ja"),
    plain("quoted twice", f"Nej\n\n{TWICE}", aktiv="nej"),
    # With a label.
    plain("by number", f"1. ja{GMAIL_SV}", aktiv="ja"),
    plain("by number and bracket", f"1) Kanske\n2) Torget{OUTLOOK_SV}", aktiv="kanske", hur="torget"),
    plain("by key", f"aktiv: kanske{APPLE_SV}", aktiv="kanske"),
    plain("by key, two", f"Aktiv: ja\nHur: torget, styrelsen{GMAIL_SV}", aktiv="ja", hur=("torget", "styrelsen")),
    plain("by the question's words", f"Vill du bli aktiv? Ja{THUNDERBIRD}", aktiv="ja"),
    plain("by the question's words, en", f"Would you like to be active? Perhaps{GMAIL_EN}", aktiv="kanske"),
    plain("the answer on the next line", f"Vill du bli aktiv?\nNej\n\nHur?\n{IPHONE_SV}", aktiv="nej"),
    plain("between the quoted lines",
          f"Den tis 5 mars 2024 kl 10:12 skrev {AT}:\n\n> Vill du bli aktiv?\n\nJa, gärna\n\n> Svara senast 30 juni.\n",
          aktiv="ja"),
    plain("number and words", f"1. Vill du bli aktiv? Ja\n2. Hur? Torget och styrelsen{OUTLOOK_EN}",
          aktiv="ja", hur=("torget", "styrelsen")),
    plain("ticked", f"[ ] Ja\n[x] Kanske\n[ ] Nej{GMAIL_SV}", aktiv="kanske"),
    plain("other words", f"aktiv: ja\nhur: annat: baka bullar{GMAIL_SV}", aktiv="ja", hur="annat",
          **{"hur.annat": "baka bullar"}),
    # Pages.
    html("gmail, html alone", f'<div dir="ltr">Ja</div><div class="gmail_quote"><div class="gmail_attr">Den tis 5 mars '
         f'2024 kl 10:12 skrev V Aktuellt:</div><blockquote>{HTML}</blockquote></div>', aktiv="ja"),
    html("outlook, html alone", '<div>Kanske</div><hr><div id="divRplyFwdMsg"><b>Från:</b> V Aktuellt<br><b>Skickat:</b> '
         f'den 5 mars 2024<br><b>Till:</b> m1<br><b>Ämne:</b> Enkät</div><div>{HTML}</div>', aktiv="kanske"),
    html("apple, html alone", f'<div>Nej</div><br><blockquote type="cite"><div>5 mars 2024 skrev V Aktuellt:</div>{HTML}'
         "</blockquote>", aktiv="nej"),
    both("gmail, both", f"Ja{GMAIL_SV}", f'<div>Ja</div><div class="gmail_quote">{HTML}</div>', aktiv="ja"),
    both("outlook, both", f"Nej{OUTLOOK_DESKTOP}", f"<p>Nej</p><p>{HTML}</p>", aktiv="nej"),
    # What is no answer: words for a person, and not one letter of the quote.
    plain("a question", f"Hej! När är nästa möte?{GMAIL_SV}"),
    plain("nothing new", GMAIL_SV),
    plain("nothing new, outlook", OUTLOOK_SV),
    plain("only a signature", f"\n-- \nÅsa Öberg\n{QUOTED}"),
    plain("prose with a yes in it", f"Jag vet inte om jag ska säga ja eller nej, ring mig.{APPLE_SV}"),
    plain("taken back", f"Ja. Eller nej förresten, jag hinner inte.{GMAIL_SV}"),
    plain("two answers", f"Ja, kanske{THUNDERBIRD}"),
    plain("two answers to one question", f"aktiv: ja\naktiv: nej{GMAIL_SV}"),
    plain("not", f"Inte ja{GMAIL_SV}"),
    plain("a number alone", f"1{GMAIL_SV}"),
    plain("ambiguous by hand", f"Både ja och nej{OUTLOOK_SV}"),
    plain("another's words", f"Grannen sa ja.{GMAIL_SV}"),
    plain("an answer of its own to a branch", f"hur: dansa på torget{GMAIL_SV}"),
    # What only a ballot may hold: cut, whoever asks.
    plain("anonymous by key", f"viktigast: Skolan{GMAIL_SV}", is_anonymous=True),
    plain("anonymous by words", f"Viktigast? Klimatet{OUTLOOK_SV}", is_anonymous=True),
    plain("anonymous alone", f"Skolan!{GMAIL_SV}", is_anonymous=True),
    plain("anonymous scale", f"nojd: 2{GMAIL_SV}", is_anonymous=True),
    plain("anonymous words of one's own", f"ord: Ordföranden är bedrövlig.{GMAIL_SV}", is_anonymous=True),
    plain("signed and anonymous", f"aktiv: ja\nviktigast: Bussen{APPLE_SV}", is_anonymous=True, aktiv="ja"),
    plain("anonymous by number", f"3. Skolan\n1. Ja{GMAIL_SV}", is_anonymous=True, aktiv="ja"),
]  # fmt: skip
