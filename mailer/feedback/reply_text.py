"""What a person wrote now: her reply, without the mail she answers and without her signature.

Takes   a mail taken apart.
Gives   the new text, bounded.
Fails   never: a form of quotation we do not know stays in, for a person reads it.

An answer between the quoted lines is kept, line by line: the lines with ”>” go, the others stay.
"""

import re
from collections.abc import Iterator

from mailer.feedback.mime import Mail
from mailer.feedback.web_text import text_of_html

MOST = 8_000  # characters handed on
_MOST_LINES = 2_000

_QUOTED = re.compile(r"^\s{0,3}(?:>|\|\s|»)")
# ”Den 3 maj 2024 kl. 10:12 skrev V Aktuellt <…>:” in the languages of our members' programs.
_WROTE = re.compile(
    r"(?i)^\W{0,4}(?:"
    r"(?:den|på|(?:mån|tis|ons|tors?|fre|lör|sön)(?:dag)?|i|kl)\b.{0,200}\b(?:skrev|skreiv"
    r"|skrev følgende)\b.{0,120}|.{1,120}\bskrev\b.{0,80}(?:den |kl |\d{4}|\d\d:\d\d).{0,80}"
    r"|\d{1,4}[-/. ].{0,120}\b(?:skrev|wrote|schrieb|kirjoitti)\b.{0,120}|.{1,120}<[^<>\s]{3,120}>\s?(?:skrev"
    r"|wrote|schrieb|kirjoitti|a écrit|escribió)"
    r"|on\b.{3,200}\bwrote|am\b.{3,200}\bschrieb\b.{0,120}|le\b.{3,200}\ba écrit|el\b.{3,200}\bescribió"
    r"|il\b.{3,200}\bha scritto|op\b.{3,200}\bschreef\b.{0,120}|w dniu.{3,200}\bnapisał.{0,60}"
    r"|.{3,120}\bkirjoitti\b.{0,60}"
    r")\s?:\s*$"
)
_MAY_BEGIN = re.compile(
    r"(?i)^\W{0,4}(?:den|på|on|am|le|el|il|op|(?:mån|tis|ons|tors?|fre|lör|sön)(?:dag)?|\d{1,4}[-/. ])\b"
)
# Outlook's block, in the order it has it: a sender, then a date, a recipient or a subject within the next lines.
_FROM = re.compile(r"(?i)^\W{0,3}(?:från|from|von|de|fra|lähettäjä|van|da)\s?:\W{0,3}\s*\S")
_HEADER = re.compile(
    r"(?i)^\W{0,3}(?:skickat|sent|gesendet|envoyé|enviado|sendt|datum|date|dato|till|to|an|à|para|til|ämne|subject"
    r"|betreff|objet|asunto|emne|kopia|cc|lähetetty|vastaanottaja|aihe|svara till|reply-to)\s?:"
)
_LINE = re.compile(
    r"(?i)^\W{0,3}(?:-{2,}|_{2,})?\s?(?:ursprungligt meddelande|ursprungligt mejl|original ?message"
    r"|original appointment|vidarebefordrat (?:meddelande|brev|mejl)|forwarded message|vidarebefordrat från"
    r"|ursprüngliche nachricht|opprinnelig melding|oprindelig meddelelse|alkuperäinen viesti|message d'origine"
    r"|mensaje original|påbörja vidarebefordrat meddelande|begin forwarded message"
    r"|vidarebefordrat meddelande)\b[^.!?]{0,60}$"
)
_RULE = re.compile(r"^\s*(?:_{20,}|-{20,}|\*{20,}|={20,})\s*$")
_SIGNATURE = re.compile(
    r"(?i)^\s*(?:--\s?|—\s?|__\s?|-- ?|–– ?)$|^\W{0,2}(?:skickat|skickad|skickades|sänt|sent|hämta|get|från min"
    r"|from my|envoyé|gesendet|enviado|sendt|lähetetty)\b"
    r".{0,30}(?:iphone|ipad|android|samsung|galaxy|mobil\w*|telefon\w*|phone|handy|outlook(?: för| for|\b)|gmail"
    r"|yahoo|huawei|surfplatta|tablet|mail för windows|mail for windows|proton mail|blackberry|sony"
    r"|xperia)\b.{0,60}$"
    r"|^\W{0,2}(?:skickat|skickades|sent) (?:från|from) (?:mail|e-post|outlook|yahoo|proton).{0,60}$"
)
_OVERLAP = re.compile(r"(?i)^\W{0,3}(?:svara ovanför|reply above|please reply above|##-)")


def new_text(mail: Mail) -> str:
    """The new text. The plain part if there is one that says something, else the HTML."""
    for text in mail.texts():
        if text.strip():
            return only_new(_unflowed(text))
    for source in mail.texts("text/html"):
        if text := only_new(text_of_html(source, only_new=True)):
            return text
    return ""


def only_new(text: str) -> str:
    """The text without quotations and signature."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\u200b", "").split("\n")
    kept = list(_kept([line[:2_000].rstrip() for line in lines[:_MOST_LINES]]))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()[:MOST]


def _kept(lines: list[str]) -> Iterator[str]:
    """The lines that are new, until what can only be the old mail begins."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if _QUOTED.match(line):
            at += 1
            continue
        if length := _attribution(lines, at):
            rest = lines[at + length :]
            if not _has_answers(rest):
                return
            at += length
            continue
        if _begins_old(lines, at) or _SIGNATURE.match(line) or _OVERLAP.match(line):
            return
        yield line
        at += 1


def _attribution(lines: list[str], at: int) -> int:
    """How many lines ”… skrev:” takes here: none, or up to four when the program broke it."""
    line = lines[at].strip()
    if not line or len(line) > 400:
        return 0
    if _is_wrote(line):
        return 1
    if not _MAY_BEGIN.match(line):
        return 0
    for length in (2, 3, 4):
        following = lines[at : at + length]
        whole = len(following) == length and all(f.strip() for f in following)
        if whole and _is_wrote(" ".join(f.strip() for f in following)[:500]):
            return length
    return 0


def _is_wrote(line: str) -> bool:
    """With a date or an address: ”På mötet skrev vi under:” is no attribution."""
    return bool(_WROTE.match(line)) and bool(re.search(r"\d|@", line))


def _begins_old(lines: list[str], at: int) -> bool:
    """Whether the old mail begins here, all of it below: a divider, or the block of Från, Skickat, Till, Ämne."""
    line = lines[at]
    if _LINE.match(line):
        return True
    following = [f for f in lines[at + 1 : at + 7] if f.strip()]
    if _RULE.match(line):
        return bool(following) and bool(_FROM.match(following[0]))
    return bool(_FROM.match(line)) and sum(bool(_HEADER.match(f)) for f in following[:4]) >= 2


def _has_answers(lines: list[str]) -> bool:
    """Whether she wrote between the quoted lines: some are quoted, and after one of those something else is said."""
    seen = False
    for line in lines:
        if _QUOTED.match(line):
            seen = True
        elif line.strip() and seen:
            return not (_SIGNATURE.match(line) or _LINE.match(line))
        elif line.strip() and not seen:
            return False  # quoted without marks: all that follows is old
    return False


def _unflowed(text: str) -> str:
    return text.replace("\r\n", "\n")
