"""What the preflight finds in an issue's words, with file, line and remedy."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mailer.content.blocks import parse_block
from mailer.content.events import parse_event
from mailer.issue.assemble import assemble
from mailer.issue.editions import MOST, Edition
from mailer.issue.finding import Finding
from mailer.issue.preflight import preflight
from mailer.settings import Series
from tests.issue.test_assemble import ZONE

SENDS_ON = date(2024, 5, 10)
SERIES = Series(key="v-aktuellt", name="V Aktuellt", lists=("medlemmar",))
HEAD = "---\nrubrik: Valet\n---\n\n"


def an_issue(*texts: str, events: tuple[str, ...] = ()):
    blocks = [parse_block(f"2024-05/0{n}.md", text, "hash", SENDS_ON) for n, text in enumerate(texts)]
    parsed = [parse_event(f"evenemang/{n}.md", text, "hash", SENDS_ON, ZONE) for n, text in enumerate(events)]
    return assemble(SERIES, "2024-05", blocks, parsed, date(2024, 5, 3), ZONE, {})


def found(*texts: str, events: tuple[str, ...] = (), unreached: int = 0) -> list[Finding]:
    issue = an_issue(*texts, events=events)
    return list(preflight(issue, [Edition("alla", issue, (), 10)], SENDS_ON, unreached, "mailer report --post"))


def said(findings: list[Finding]) -> list[tuple[bool, int, str]]:
    return [(f.stops, f.problem.line, f.problem.what) for f in findings]


def test_finds_nothing_in_a_good_block() -> None:
    text = HEAD + (
        "Söndagen den 9 juni är det val. Anmäl dig senast den 29 maj på "
        "[vår kalender](https://vallentuna.example/kalender), eller ring [070-174 06 05](tel:+46701740605).\n\n"
        "Den 15 april beslutade fullmäktige om skolan. Vi ses tisdag 14 maj.\n"
    )
    assert found(text) == []


@pytest.mark.parametrize(
    ("body", "line", "what"),
    [
        ("Vi ses tisdagen den 15 maj.", 5, "”tisdagen den 15 maj” stämmer inte: den 15 maj är en onsdag."),
        ("En rad.\n\nFredag 31 juni!", 7, "”Fredag 31 juni” finns inte."),
        ("Anmäl dig senast den 3 maj.", 5, "här står ”senast den 3 maj”, men numret skickas fredag 10 maj."),
        ("Kom före fredagen den 3 maj.", 5, "här står ”före fredagen den 3 maj”, men numret skickas fredag 10 maj."),
        ("[Klicka här](https://v.example)", 5, "länken heter ”Klicka här”, och det säger inte vart den leder."),
        ("Mer finns [här](https://v.example).", 5, "länken heter ”här”, och det säger inte vart den leder."),
        ("Ring Bo, 0701-74 06 05.", 5, "här står ett mobilnummer, 0701-74 06 05. Är det någons privata?"),
        ("Ring +46 70 174 06 05", 5, "här står ett mobilnummer, +46 70 174 06 05. Är det någons privata?"),
    ],
)
def test_warns_of_what_readers_would_stumble_over(body, line, what) -> None:
    assert said(found(HEAD + body + "\n")) == [(False, line, what)]


@pytest.mark.parametrize(
    "body",
    [
        "Vi ses tisdag 14 maj.", "Tisdag 14 maj 2024.", "Lördag 11 januari 2025.",
        "Öppet till och med den 9 juni.", "Ring 08-123 45 67.", "Ordernummer 1070174060512.", "[hur du röstar](https://v.example)",
    ],
)  # fmt: skip
def test_keeps_quiet_about_what_is_right(body) -> None:
    assert found(HEAD + body + "\n") == []


def test_stops_a_personnummer_wherever_it_stands() -> None:
    stopped = found(HEAD + "Anna, 811218-9876, är ny.\n", "---\nrubrik: 811218-9876 fyller år\n---\n\nHej.\n",
                    events=("---\nrubrik: Möte\ndatum: 2024-05-14\ntid: 18\nplats: Hos 811218-9876\n---\n",))  # fmt: skip
    assert [(f.stops, f.problem.where, f.problem.line) for f in stopped] == [
        (True, "content/2024-05/00.md", 5), (True, "content/2024-05/01.md", 0), (True, "content/evenemang/0.md", 0),
    ]  # fmt: skip


def test_stops_a_picture_without_words_and_warns_of_one_without_a_name() -> None:
    head = "---\nrubrik: Torget\nbild: torget.jpg\n---\n\nText.\n"
    assert [(stops, line) for stops, line, _ in said(found(head))] == [(True, 3), (False, 3)]
    assert found(head.replace("bild: torget.jpg", "bild: torget.jpg\nalt: Tre tält\nfoto: Bo")) == []


def test_tells_whom_a_summons_does_not_reach() -> None:
    text = HEAD + "Härmed kallas du till årsmöte.\n"
    (only,) = found(text, unreached=69)
    assert only.problem.what == "det här ser ut som en kallelse, och numret når inte 69 medlemmar."
    assert "mailer report --post" in only.problem.remedy
    assert found(HEAD + "Efter årsmötet bjuder vi på kaffe.\n") == []


def test_asks_where_and_when_an_event_is() -> None:
    whats = [
        what for _, _, what in said(found(HEAD + "Text.\n", events=("---\nrubrik: Fika\ndatum: 2024-05-14\n---\n",)))
    ]
    assert whats == ["evenemanget har ingen plats.", "evenemanget har ingen tid."]
    assert found(HEAD + "Text.\n", events=("---\nrubrik: Fika\ndatum: 2024-05-14\ninställt: ja\n---\n",)) == []


def test_stops_more_editions_than_anybody_reads() -> None:
    issue = an_issue(HEAD + "Text.\n")
    many = [Edition(str(n), issue, (n,), 1) for n in range(MOST + 1)]
    (only,) = preflight(issue, many, SENDS_ON, 0)
    assert only.stops
    assert only.problem.what == "numret får 13 versioner; fler än 12 hinner ingen läsa."
    assert preflight(issue, many[:MOST], SENDS_ON, 0) == ()


def test_warns_of_a_subject_that_no_telephone_shows() -> None:
    long = "Allt om kongressen, valet, enkäten, torget, cirkeln, jubileet och lite till"
    (only,) = found(f"---\nrubrik: A\nämnesrad: {long}\n---\n\nText.\n")
    assert only.problem.what.startswith(f"ämnesraden är {len(long)} tecken")


def test_warns_of_a_block_that_reaches_nobody() -> None:
    issue = an_issue(HEAD + "Text.\n", HEAD + "Annat.\n")
    partial = replace(issue, blocks=issue.blocks[:1])
    (only,) = preflight(issue, [Edition("alla", partial, (), 10)], SENDS_ON, 0)
    assert only.problem.what == "ingen av dem som får numret hör till inslagets läsare."


def test_keeps_a_finding_as_json() -> None:
    for finding in found(HEAD + "Anna, 811218-9876. [Här](https://v.example)\n"):
        assert Finding.from_json(finding.to_json()) == finding


def test_takes_a_window_that_closes_before_the_issue_goes_for_a_slip() -> None:
    whats = [what for _, _, what in said(found("---\nrubrik: A\nvisas till och med: 2024-05-05\n---\n\nText.\n"))]
    assert whats == ["inslaget visas till och med söndag 5 maj, men numret skickas fredag 10 maj."]
    assert datetime(2024, 5, 10, tzinfo=UTC).date() == SENDS_ON


@pytest.mark.parametrize(
    "words", ["Läs mer här", "klicka här för att anmäla dig", "mer information", "denna länk", "den här länken"]
)
def test_knows_links_that_say_nothing(words) -> None:
    assert [f.problem.what for f in found(HEAD + f"[{words}](https://v.example)\n")] == [
        f"länken heter ”{words}”, och det säger inte vart den leder."
    ]


@pytest.mark.parametrize(
    "words", ["läs mer om valet", "anmäl dig här till cirkeln", "Vårt förslag", "här är protokollet"]
)
def test_leaves_links_alone_that_say_where_they_lead(words) -> None:
    assert found(HEAD + f"[{words}](https://v.example)\n") == []


@pytest.mark.parametrize(
    ("words", "is_one"),
    [("Vi kallar till medlemsmöte.", True), ("Kallelse till årsmöte", True), ("Det kallas till strid.", False),
     ("Statsministern kallas till utskottet.", False)],
)  # fmt: skip
def test_tells_a_summons_from_other_calls(words, is_one) -> None:
    assert bool(found(HEAD + words + "\n", unreached=3)) is is_one
