"""The fields of a head, read as lines, numbers, days and yes or no.

Takes   a Document.
Gives   values; the default where a field is missing or empty.
Fails   never: what cannot be read is added to `problems`, with its line.
"""

from dataclasses import dataclass
from datetime import date

from mailer.content.dates import Unreadable, parse_date
from mailer.content.frontmatter import Document
from mailer.errors import Problem

LARGEST_NUMBER = 9999
_QUOTES = "”“„\"'’‘»«"
_YES, _NO = ("ja", "sant", "yes", "true", "x"), ("nej", "falskt", "no", "false")


@dataclass(frozen=True, slots=True)
class Fields:
    """A reader of one document's fields. `near`: where dates without a year lie."""

    document: Document
    where: str
    near: date
    problems: list[Problem]

    def text(self, key: str) -> str:
        """The value as it stands; ”” when there is none."""
        found = self.document.fields.get(key)
        return found.value if found else ""

    def bare(self, key: str) -> str:
        """The value without quotation marks around it. A title may be a quotation; a date or a file's name never is."""
        value = self.text(key)
        while len(value) > 1 and value[0] in _QUOTES and value[-1] in _QUOTES:
            value = value[1:-1].strip()
        return value

    def line_of(self, key: str) -> int:
        """The line of the file it stands on; 0 when it is not there."""
        found = self.document.fields.get(key)
        return found.line if found else 0

    def line(self, key: str, longest: int) -> str:
        """One line for readers: plain text, at most `longest` characters, no merge fields."""
        value = self.text(key)
        if len(value) > longest:
            self.wrong(key, f"”{key}” är {len(value)} tecken lång.", f"Korta den till högst {longest} tecken.")
        if "{{" in value:
            self.wrong(key, f"”{key}” har ett fält, {{{{ … }}}}.", "Fält kan bara stå i texten under huvudet.")
        return value

    def day(self, key: str) -> date | None:
        """A date, or None."""
        if not (value := self.bare(key)):
            return None
        try:
            return parse_date(value, self.near)
        except Unreadable as why:
            self.wrong(key, why.what, why.remedy)
            return None

    def number(self, key: str, default: int) -> int:
        """A whole number, 0–9999."""
        if not (value := self.bare(key)):
            return default
        if value.isascii() and value.isdigit() and len(value) <= 4:
            return int(value)
        self.wrong(key, f"”{key}” ska vara ett heltal mellan 0 och {LARGEST_NUMBER}.", "Skriv till exempel 10.")
        return default

    def yes(self, key: str) -> bool:
        """Whether it says ja. Missing or empty: no."""
        value = self.bare(key).casefold()
        if value and value not in _YES + _NO:
            self.wrong(key, f"”{key}” ska vara ja eller nej.", "Skriv ja eller nej.")
        return value in _YES

    def wrong(self, key: str, what: str, remedy: str) -> None:
        """Note what is wrong with the field."""
        self.problems.append(Problem(self.where, what, remedy, self.line_of(key)))
