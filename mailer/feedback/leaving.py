"""Wishes to stop, by mail: a code we signed, or a command and nothing more.

Takes   a mail taken apart, its new text, the keys.
Gives   a Wish: whose delivery, of one list or of all, and why.
Fails   never: what is longer than a command is a person's words, and goes to a person.

In an answer ”Nej tack” answers what the mail asked: a summons, an invitation. There only a command that speaks of mail
is a wish to leave, and the subject is ours, not hers. A leave too many is silence that nobody notices; a wish handed to
a person costs her a minute.
"""

import re
from dataclasses import dataclass
from typing import Literal

from mailer.feedback.mime import Mail
from mailer.feedback.whom import marks_in
from mailer.keys import Keys

_AGAIN = re.compile(r"(?i)^(?:\s*(?:re|sv|aw|vs|fw|fwd|vb|ang|antw|svar)\s?(?:\[\d+\])?\s?:\s*)+")
_GREETING = re.compile(
    r"(?i)^(?:hej(?:san)?|hello|hi|hejhej|god (?:dag|morgon|kväll)|till den det berör|vänligen|snälla|please)\W*$"
)
_THANKS = re.compile(
    r"(?i)^(?:(?:med )?(?:vänliga?|bästa|mvh|hälsning\w*|vh|tack(?: så mycket| på förhand)?|thanks?(?: you)?"
    r"|regards|kind regards|best regards)\W*)+(?:\w+(?: \w+){0,2})?\W*$"
)
_NAME = re.compile(r"^[A-ZÅÄÖÉ][\w'-]*(?: [A-ZÅÄÖÉ][\w'-]*){0,3}\W*$")
_WHOM = r"(?:mig|mej|oss|me|us|min (?:adress|e-?post\w*|mejl\w*)|my (?:address|e-?mail))"
_WHAT = (
    r"(?:(?:er[at]? |edra |det här |de här |detta |dessa |the |this |these |your |fler |mer |några |alla "
    r"|all )?(?:utskick\w*|nyhetsbrev\w*|mejl\w*|mail\w*|e-?mails?|e-?post\w*|medlemsbrev\w*|brev\w*|list\w*"
    r"|sändlist\w*|mejllist\w*|mailing ?lists?|newsletters?|messages?|v aktuellt))"
)
_COMMAND = re.compile(
    rf"(?i)^\W*(?:snälla |vänligen |var (?:vänlig|snäll) (?:och )?|please |jag vill |jag önskar |i want to "
    rf"|i would like to |kan (?:ni|du) )?(?:"
    rf"un-?subscribe(?: {_WHOM})?(?: from)?(?: {_WHAT})?|avsluta(?: prenumeration\w*| {_WHAT}| {_WHOM})?"
    rf"|avregistrera(?: {_WHOM})?(?: från)?(?: {_WHAT})?|avprenumerera(?: {_WHOM})?(?: från)?(?: {_WHAT})?"
    rf"|(?:av)?säg(?:a)? upp (?:prenumerationen|{_WHAT})|avanmäl(?:a|an)?(?: {_WHOM})?(?: från)?(?: {_WHAT})?"
    rf"|avbeställ\w*(?: {_WHAT})?|stopp?|stop it|stoppa(?: {_WHAT})?|avböj\w*"
    rf"|(?:sluta|slut)(?: (?:att )?(?:skicka|mejla|maila|sända|få))?(?: (?:till )?{_WHOM})?"
    rf"(?: {_WHAT}(?: till {_WHOM})?)?|(?:inga|inte) (?:fler|mer) {_WHAT}|inte (?:ha|få) (?:fler |mer )?{_WHAT}"
    rf"|(?:ta|stryk|plocka|radera)(?: bort| ner| av)? {_WHOM}(?: (?:från|ur))?(?: {_WHAT})?"
    rf"|remove(?: {_WHOM})?(?: from)?(?: {_WHAT})?|opt[ -]?out|leave|cancel(?: (?:my )?subscription)?"
    rf"|stop (?:sending|mailing)(?: {_WHOM})?(?: {_WHAT})?|tacka nej|nej tack"
    rf"|list-unsubscribe|unsubscribe all|(?:sluta få|avsluta) v aktuellt"
    rf")(?:,? (?:tack|please|thanks|snälla|now|nu|genast|omedelbart))?\W*$"
)
# What makes a command one about mail, and nothing else she could mean.
_OF_MAIL = re.compile(
    r"(?i)un-?subscribe|prenumer|subscription|utskick|nyhetsbrev|medlemsbrev|mejl|mail|e-?post"
    r"|\b(?:från|ur|from) .*list|newsletter|messages?\b|v aktuellt|(?:sluta|slut) (?:att )?(?:skicka|sända)"
    r"|stop sending"
)
# ”Sluta få alla utskick <code>”, or a command that names all.
_ALL = re.compile(r"(?i)\b(?:alla|allt|all|everything)\b(?! inslag)")


@dataclass(frozen=True, slots=True)
class Wish:
    """`delivery`: of the code, else of the mark on the outside. `leaves`: ”list” or ”all”."""

    delivery: int | None
    leaves: Literal["list", "all"]
    because: str


def by_code(mail: Mail, keys: Keys) -> Wish | None:
    """A wish made by the mail's own link: its subject carries a code that we signed. Two codes are none."""
    subject = mail.fields.first("subject")
    found = set(marks_in(subject, keys))
    if len(found) != 1:
        return None
    return Wish(found.pop(), _of(subject), "ärendet bär en kod ur vårt utskick")


def answers(mail: Mail) -> bool:
    """Whether the mail answers another: its subject says so, or her program does."""
    return bool(_AGAIN.match(mail.fields.first("subject"))) or mail.fields.has("in-reply-to")


def by_words(subject: str, text: str, delivery: int | None, is_answer: bool) -> Wish | None:
    """A wish in words: the subject or the first line is a command, and nothing else is said."""
    is_command = _is_about_mail if is_answer else _is_command
    said = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for number, line in enumerate(said) if not (number == 0 and _GREETING.match(line))]
    titled = "" if _AGAIN.match(subject) else subject.strip()  # after ”Sv:” stands our own title
    command = said[0] if said and is_command(said[0]) else ""
    rest = said[1:] if command else said
    if len(rest) > 3 or not all(_THANKS.match(line) or _NAME.match(line) for line in rest):
        return None
    if not command and is_command(titled):
        command = titled
    return Wish(delivery, _of(command), f"hon skriver ”{command[:60]}” och inget mer") if command else None


def _is_command(line: str) -> bool:
    return len(line) <= 80 and "?" not in line and bool(_COMMAND.match(line))


def _is_about_mail(line: str) -> bool:
    return _is_command(line) and bool(_OF_MAIL.search(line))


def _of(words: str) -> Literal["list", "all"]:
    return "all" if _ALL.search(words) else "list"
