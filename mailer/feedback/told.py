"""What a mail server says in its own words: the text of a report, without the mail it sends back.

Takes   a mail taken apart.
Gives   its own text, and of that the part that says why.
Fails   never.
"""

import re

from mailer.feedback.mime import Mail
from mailer.feedback.web_text import text_of_html

MOST = 8_000  # characters
# Where the original begins. The longest way to say it that was seen is ”Header of the source mail attached”.
_ORIGINAL = re.compile(
    r"(?im)^\W{0,40}(?:"
    r"(?:below|ned[åa]n|nedanför) (?:this line )?(?:is|finns|följer)|(?:this|here) is a copy of|here is (?:your"
    r"|the)|(?:the )?(?:header|headers) (?:of|follow)|included is a copy"
    r"|(?:original|returned|unsent|non-delivered|undelivered|source) (?:e-?)?(?:message|mail)s?\b(?: \w+){0,5}"
    r"|(?:message|mail)? ?(?:header|text|body|content)s? (?:follow|removed|suppressed)"
    r"|start of returned|copy of (?:the |your )?(?:original )?message|your message reads"
    r"|(?:the )?first \d+ (?:lines|bytes)|begin(?:ning)? of (?:the )?(?:original|returned)"
    r"|ursprungligt meddelande|originalmeddelande|det ursprungliga (?:mejlet|meddelandet)|ursprüngliche nachricht"
    r"|message d'origine|mensaje original"
    r"|copy of the (?:first|original)|no more than \d+k? characters|attachment is a copy|(?:return-path|received"
    r"|dkim-signature):\s"
    r")"
)
_REASON = re.compile(
    r"(?im)^\s*\(?(?:reason|orsak|grund|error-text|error text|felmeddelande"
    r"|felorsak)\s?:\s*(.{3,300}(?:\n[ \t]+\S.{0,300}){0,3})"
)
_SAID = re.compile(
    r"(?is)(?:host \S{3,200} said|remote (?:host|server|smtp server) (?:said|returned|replied)|(?:svarade|svarar"
    r"|sade|sa)|returned an error|respon(?:ded|se)(?: was)?|generated following response"
    r"|error from remote (?:mail )?(?:server|mailer)[^:\n]{0,60}|received)\s*(?::|>>>)\s*(.{3,500})"
)
# qmail and its kin: the address on a line of its own, then what became of it.
_BELOW = re.compile(r"(?m)^\s{0,4}<?[^<>\s@]{1,64}@[^<>\s@]{1,190}?>?:[ \t]*\n+(\S.{2,300}(?:\n[ \t]*\S.{0,300}){0,6})")
# A transcript of the talk with the other server: what it answered.
_ANSWERED = re.compile(r"(?m)^\s{0,8}<<<[ \t]*((?:[45]\d\d[ -])\S.{2,300})")
_COMMAND = re.compile(r"(?i)\(in reply to .{1,60}? command\)")


def own_words(mail: Mail) -> str:
    """The report's own text. Of HTML when there is no plain text."""
    texts = mail.texts()
    if not any(text.strip() for text in texts):
        texts = [text_of_html(text) for text in mail.texts("text/html")[:2]]
    whole = "\n".join(text for text in texts if "final-recipient:" not in text.lower()[:2_000] or len(texts) == 1)[
        :40_000
    ]
    found = _ORIGINAL.search(whole, 40)
    return (whole[: found.start()] if found else whole)[:MOST].strip()


def diagnostic_in(told: str) -> str:
    """What the other server said, as the text quotes it; ”” when it does not."""
    if found := _REASON.search(told):
        return " ".join(found[1].split()).rstrip(")")
    if found := _SAID.search(told):
        paragraph = re.split(r"\n\s*\n|\(in reply to", found[1])[0]
        return " ".join(_COMMAND.sub("", paragraph).split())[:500]
    if found := _ANSWERED.search(told):
        return " ".join(found[1].split())
    if found := _BELOW.search(told):
        return " ".join(found[1].split())[:500]
    return ""
