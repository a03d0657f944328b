"""The files of a new home: the example's, with the association's own words in them and the comments kept.

Takes   the example, the new home's folder, and the answers, tidied and found good.
Gives   settings.toml, the lists and the editors' page in the folder.
Fails   OSError when they cannot be written.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from mailer.settings import FILE
from mailer.settings.relay import LOOPBACK
from mailer.verbs.init_answers import return_address, server

README = "LÄSMIG.md"
SERIES = "V Aktuellt"
NONE = ("inga", "ingen", "-")
# The lists of the example are a party's. What holds for any association; the keeper of the register confirms it.
_BASIS = {
    "medlemmar": "GDPR artikel 6.1 b: medlemskapet",
    "styrelsen": "GDPR artikel 6.1 b: uppdraget i föreningen",
    "sympatisorer": "GDPR artikel 6.1 a: samtycke",
}


def write_settings(source: Path, folder: Path, given: Mapping[str, str]) -> None:
    """The example's settings with the answers in them."""
    names = [n.strip() for n in given["processor"].split(",") if n.strip()]
    processors = [] if given["processor"].casefold() in NONE else names
    series = given["series"] or SERIES
    sender = given["from_address"] or "v-aktuellt@foreningen.example"
    values: list[tuple[str, str, str | None]] = [
        ("association", "name", quoted(_name(given))),
        ("association", "place", quoted(given["place"])),
        ("responsible", "name", quoted(given["responsible"])),
        ("responsible", "contact", quoted(given["contact"])),
        ("responsible", "processors", _list(processors) if given["processor"] else None),
        ("sender", "from_name", quoted(series)),
        ("sender", "from_address", quoted(sender)),
        ("sender", "reply_to", quoted(given["contact"] or "redaktion@foreningen.example")),
        ("sender", "return_address", quoted(return_address(sender))),
        ("series", "key", quoted(_key(series))),
        ("series", "name", quoted(series)),
    ]
    if given["relay"]:
        host, port = server(given["relay"])
        values += [("relay", "host", quoted(host)), ("relay", "port", str(port))]
        values += [] if host in LOOPBACK else [("relay", "security", quoted("tls" if port == 465 else "starttls"))]
    text = (source / FILE).read_text(encoding="utf-8")
    for section, key, value in values:
        text = _put(text, section, key, value)
    (folder / FILE).write_text(_people(text), encoding="utf-8")


def write_lists(folder: Path, given: Mapping[str, str]) -> None:
    """The lists' words about origin, reason and lawful basis: they stand in every message, so they must be true."""
    name = _name(given)
    words = {
        "medlemmar": (given["register"] or "föreningens medlemsregister", f"du är medlem i {name}"),
        "styrelsen": ("föreningens styrelselista", f"du är förtroendevald i {name}"),
        "sympatisorer": ("din egen anmälan till föreningen", f"du har anmält dig till utskick från {name}"),
    }
    for key, (origin, why) in words.items():
        path = folder / "lists" / f"{key}.toml"
        text = path.read_text(encoding="utf-8")
        asks = r"# Bekräfta grunden. Är ni ett parti är den i stället:\n# \1\n"
        text = re.sub(r"^(?=(basis = .*))", asks, text, count=1, flags=re.M)
        for field, value in (("basis", _BASIS[key]), ("origin", origin), ("why", why)):
            text = _put(text, "", field, quoted(value))
        if key == "sympatisorer":
            text = _closed(text, name, given["series"] or SERIES)
        path.write_text(text, encoding="utf-8")
    groups = folder / "lists" / "grupper.toml"
    text = groups.read_text(encoding="utf-8")  # the example's group is a place in Vallentuna
    groups.write_text(re.sub(r"^(?=[^#\n])", "# ", text, flags=re.M), encoding="utf-8")


def _closed(text: str, name: str, series: str) -> str:
    """Nobody joins by a page until somebody has read what they would agree to; the example's words are a party's."""
    words = {
        "consent": f"Jag vill ha {series} och inbjudningar från {name} med e-post, och godkänner att föreningen sparar "
        "min adress för det. Jag kan sluta när jag vill.",
        "consent_en": f"I want to get {series} and invitations from {name} by e-mail, and I agree that the association "
        "keeps my address for this. I can stop whenever I like.",
    }
    for field, said in words.items():
        begin, end = re.search(rf'^{field} = """.*?"""', text, re.M | re.S).span()  # type: ignore[union-attr]
        text = f"{text[:begin]}{field} = {quoted(said)}{text[end:]}"
    asks = (
        "# Är ni ett parti, ett fackförbund eller ett trossamfund: skriv också att det kan visa vad den som anmäler\n"
        "# sig tycker eller tror. Läs texterna, och skriv sedan joinable = true för att öppna sidan.\n"
    )
    return re.sub(r"^joinable = true$", f"{asks}joinable = false", text, count=1, flags=re.M)


def write_readme(source: Path, folder: Path, given: Mapping[str, str]) -> None:
    """The editors' page, in the folder they write in."""
    text = (source / "content" / README).read_text(encoding="utf-8")
    text = text.replace(SERIES, given["series"] or SERIES)
    (folder / "content" / README).write_text(text, encoding="utf-8")


def quoted(text: str) -> str:
    """A TOML string. JSON's is one too, for text without control characters."""
    return json.dumps(text, ensure_ascii=False)


def _name(given: Mapping[str, str]) -> str:
    return given["name"] or "Föreningen"


def _list(texts: list[str]) -> str:
    return f"[{', '.join(quoted(t) for t in texts)}]"


def _key(series: str) -> str:
    """”Vårt blad” as ”vart-blad”: what commands call the series."""
    ascii_ = unicodedata.normalize("NFKD", series.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:32].strip("-") or "brev"


def _put(text: str, section: str, key: str, value: str | None) -> str:
    """Set `key` under [section], or at the top; None makes a comment of it."""
    begin = _header(text, section) if section else 0
    found = re.compile(rf"^({key} = (?:\"[^\"]*\"|\[[^\]]*\]|\S+))( *)(#?)", re.M).search(text, begin)
    assert found is not None, key  # the example has every key
    line = f"# {found[1]}" if value is None else f"{key} = {value}"
    if found[3]:  # the comment stays where it was, if there is room
        line = f"{line.ljust(len(found[1] + found[2]) - 1)} #"
    return text[: found.start()] + line + text[found.end() :]


def _header(text: str, section: str) -> int:
    """Where [section] or [[section]] begins; an answer may hold the same words, but not at the start of a line."""
    found = re.compile(rf"^\[+{section}\]+", re.M).search(text)
    assert found is not None, section  # the example has every section
    return found.start()


def _people(text: str) -> str:
    """The example's people are invented, and its columns a municipality's; the home's own are to be written in."""
    columns, begin = _header(text, "columns"), _header(text, "people")
    example = re.sub(r"^(?=[^#\n])", "# ", text[columns:begin], flags=re.M)
    text, begin = text[:columns] + example + text[begin:], columns + len(example)
    example = "\n".join(f"# {line}" if line else "#" for line in text[begin:].rstrip().splitlines())
    return f"{text[:begin]}# Skriv in era egna. Utan någon som är approver kan inget godkännas.\n{example}\n"
