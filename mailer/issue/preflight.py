"""The preflight: what an issue's words would have readers stumble over, before somebody approves it.

Takes   an Issue, its editions, the day it is sent, who does not get it by e-mail.
Gives   Findings in the order of the issue: those that stop it and those to know, each with file, line and remedy.
Fails   never. Pure: what depends on the rendering is in `render.preflight`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from mailer.content.blocks import Block
from mailer.content.dates import Unreadable, parse_date
from mailer.content.events import Event
from mailer.content.prose import Line, lines_of, links_of
from mailer.content.source import where
from mailer.issue.assemble import Issue
from mailer.issue.editions import MOST, Edition
from mailer.issue.finding import Finding, stop, warning
from mailer.register.personnummer import holds_personnummer
from mailer.words import MONTHS, WEEKDAYS, count, day

LONGEST_SUBJECT = 60  # characters; a telephone shows 30–40 of them
# Words that say nothing about where the link leads: to one who hears the links alone, they are all alike (WCAG 2.4.4).
_WEAK = re.compile(
    r"(klicka|tryck|läs|se|mer|finns|info|information|länk|länken|denna|den|click|read|more|here|här| )*"
    r"(klicka( här)?( för att.*)?|här|mer|info|information|länk|länken|more|here)"
)

_MONTH = "|".join(MONTHS)
_DAY = rf"(?:den )?([0-9]{{1,2}})(?::?[ae])? ({_MONTH})(?: ([0-9]{{4}}))?"
_WEEKDAY = "|".join(WEEKDAYS)
_DATED = re.compile(rf"\b({_WEEKDAY})(?:en)? {_DAY}\b", re.I)
_LAST_DAY = re.compile(rf"\b(?:senast|innan|före|till och med|t\.o\.m\.)(?: (?:{_WEEKDAY})(?:en)?)? {_DAY}\b", re.I)
# Swedish mobile numbers, as people write them (PTS: 070, 072, 073, 076, 079).
_MOBILE = re.compile(r"(?<!\d)(?:\+46[ -]?\(?0?\)?|0046[ -]?|0)7[02369](?:[ -]?\d){7}(?!\d)")
_SUMMONS = re.compile(
    r"\bkallelse\b|\bkallas (?:härmed |du |ni )*till (?:års|medlems|extra )|\bhärmed kallas\b"
    r"|\bkallar (?:härmed )?till (?:års|medlems|extra |möte)",
    re.I,
)


def preflight(
    issue: Issue, editions: Sequence[Edition], sends_on: date, unreached: int, command: str = ""
) -> tuple[Finding, ...]:
    """All findings. `unreached`: members who do not get the issue by e-mail; `command` shows who they are."""
    found: list[Finding] = [*_of_issue(issue, editions)]
    for block in issue.blocks:
        found += _of_block(block, sends_on)
        found += _summons(block, unreached, command)
    for event in {o.event.path: o.event for o in issue.occurrences}.values():
        found += _of_event(event)
    for post in issue.posts:
        if holds_personnummer(f"{post.title} {post.excerpt}"):
            found.append(_personnummer(post.feed, 0))
    return tuple(dict.fromkeys(found))


def _of_issue(issue: Issue, editions: Sequence[Edition]) -> Iterator[Finding]:
    if len(editions) > MOST:
        what = f"numret får {len(editions)} versioner; fler än {MOST} hinner ingen läsa."
        yield stop(issue.title, what, "Låt färre inslag ha ”läsare”, eller slå ihop dem.")
    subjects = dict.fromkeys(e.issue.subject for e in editions)
    for subject in subjects:
        if len(subject) > LONGEST_SUBJECT:
            what = f"ämnesraden är {len(subject)} tecken; de flesta ser bara de första 40: ”{subject}”."
            yield warning(issue.title, what, "Korta den, och sätt det viktigaste först.")
    reached = {b.path for e in editions for b in e.issue.blocks if e.people}
    for block in issue.blocks:
        if editions and block.path not in reached:
            what = "ingen av dem som får numret hör till inslagets läsare."
            remedy = "Kontrollera ”läsare” och ”får läsas av”, och listorna."
            yield warning(where(block.path), what, remedy, block.readers.line)


def _of_block(block: Block, sends_on: date) -> Iterator[Finding]:
    place = where(block.path)
    for picture in block.pictures:
        if not picture.alt:
            what = "bilden saknar beskrivning: den som inte ser den får inget veta."
            how = "Skriv alt:" if picture is block.picture else "Skriv mellan hakparenteserna, ![…](bild.jpg),"
            yield stop(place, what, f"{how} vad bilden visar, som du skulle säga det i telefon.", picture.line)
        if not picture.credit:
            how = "Skriv foto: och" if picture is block.picture else 'Skriv ![…](bild.jpg "Foto: …"), med'
            yield warning(place, "bilden saknar fotograf.", f"{how} namnet på den som tog den.", picture.line)
    for line in lines_of(block):
        yield from _of_line(place, line, sends_on)
    for link in links_of(block):
        if _WEAK.fullmatch(" ".join(link.words.casefold().split()).strip(".:!>› ")):
            what = f"länken heter ”{link.words}”, och det säger inte vart den leder."
            yield warning(place, what, "Gör orden om målet till länk: [anmäl dig till cirkeln](https://…).", link.line)
    last = block.shown_until
    if last and last < sends_on:
        what = f"inslaget visas till och med {day(last)}, men numret skickas {day(sends_on)}."
        yield warning(place, what, "Ta bort inslaget, eller flytta fram datumet.")


def _of_line(place: str, line: Line, sends_on: date) -> Iterator[Finding]:
    if holds_personnummer(line.text):
        yield _personnummer(place, line.number)
    for found in _DATED.finditer(line.text):
        yield from _weekday(place, line, found, sends_on)
    for found in _LAST_DAY.finditer(line.text):
        last = _date(found[1], found[2], found[3], sends_on)
        if last and last < sends_on:
            what = f"här står ”{found[0]}”, men numret skickas {day(sends_on)}."
            yield warning(place, what, "Kontrollera datumet, eller ta bort meningen.", line.number)
    if (mobile := _MOBILE.search(line.text)) and not line.is_linked(mobile[0]):
        what = f"här står ett mobilnummer, {mobile[0]}. Är det någons privata?"
        remedy = "Fråga den det gäller. Är det avsett: skriv det som länk, [070-174 06 05](tel:+46701740605)."
        yield warning(place, what, remedy, line.number)


def _weekday(place: str, line: Line, found: "re.Match[str]", sends_on: date) -> Iterator[Finding]:
    """Readers go by the weekday or by the date; where the two differ, half of them come in vain."""
    named = _date(found[2], found[3], found[4], sends_on)
    if named is None:
        what = f"”{found[0]}” finns inte."
        yield warning(place, what, "Rätta datumet.", line.number)
    elif WEEKDAYS[named.weekday()] != found[1].casefold():
        what = (
            f"”{found[0]}” stämmer inte: den {named.day} {MONTHS[named.month - 1]} är en {WEEKDAYS[named.weekday()]}."
        )
        yield warning(place, what, "Rätta dagen eller datumet.", line.number)


def _summons(block: Block, unreached: int, command: str) -> Iterable[Finding]:
    """A meeting is lawfully called when all who may come have been called as the rules of the association say."""
    hit = next((line for line in lines_of(block) if _SUMMONS.search(line.text)), None)
    if hit is None:
        return
    people = count(unreached, "medlem", "medlemmar")
    what = (
        f"det här ser ut som en kallelse, och numret når inte {people}."
        if unreached
        else ("det här ser ut som en kallelse.")
    )
    remedy = "Kalla dem som stadgarna säger, till exempel med brev eller ett eget utskick."
    remedy += f" Vilka de är: {command}" if unreached and command else ""
    yield warning(where(block.path), what, remedy, hit.number)


def _of_event(event: Event) -> Iterator[Finding]:
    place = where(event.path)
    if holds_personnummer(f"{event.title} {event.place} {event.body}"):
        yield _personnummer(place, 0)
    if event.cancelled or event.is_foreign:  # nobody here can mend what others write
        return
    if not event.place:
        yield warning(place, "evenemanget har ingen plats.", "Skriv plats: och var det är, eller ”digitalt”.")
    if event.is_all_day and not event.has_end and not event.says_all_day:
        yield warning(place, "evenemanget har ingen tid.", "Skriv tid: 18.30, eller tid: hela dagen.")


def _personnummer(place: str, line: int) -> Finding:
    what = "här står vad som ser ut som ett personnummer."
    return stop(place, what, "Ta bort det. Ett personnummer hör aldrig hemma i ett mejl till många.", line)


def _date(number: str, month: str, year: str | None, near: date) -> date | None:
    try:
        return parse_date(f"{number} {month} {year or ''}", near)
    except Unreadable:
        return None
