"""Reports about mail rather than about its way: complaints of recipients, and statistics that stop nobody.

Takes   a mail taken apart.
Gives   the feedback type of a complaint, and whom it is about; or what sort of statistics it is.
Fails   never.

RFC 5965 (ARF), RFC 6591 (auth-failure), RFC 9990 (DMARC), RFC 8460 (TLS-RPT), RFC 8098 (receipts).
"""

import re

from mailer.feedback.mime import Fields, Mail, records
from mailer.feedback.report import address_in

# ”not-spam” takes a complaint back and ”auth-failure” is about signatures: neither is a complaint.
COMPLAINTS = frozenset("abuse fraud virus opt-out opt-out-list other complaint".split())
_RECORD = "message/feedback-report"
# Microsoft's programme for senders sends the mail back as it was, with the recipient in a field of its own.
_MICROSOFT = "x-hmxmroriginalrecipient"
_AGGREGATE = re.compile(
    r"(?i)[^!\s]+![^!\s]+![0-9]+![0-9]+(?:![^\s.]*)?\.(?:xml|json)(?:\.gz)?|[^!\s]+![^!\s]+![0-9]+![0-9]+.*\.zip"
)
_DMARC_SUBJECT = re.compile(r"(?i)^\s*(?:\[[^\]]{0,40}\]\s*)?report domain:.{1,300}submitter:")


def feedback_type(mail: Mail) -> str:
    """The type a feedback report gives itself, in lower case; ”” when the mail is none."""
    if record := _feedback(mail):
        return (record.first("feedback-type") or "other").split(";")[0].strip().lower()[:40]
    if any(original.has(_MICROSOFT) for original in mail.originals):
        return "abuse"
    is_subject = mail.fields.first("subject").lower().strip().startswith("complaint about message from")
    return "abuse" if is_subject and mail.originals else ""


def complained(mail: Mail) -> str:
    """Whom the complaint comes from, as it says; ”” when that is taken out, as most do."""
    record = _feedback(mail)
    named = [address_in(v) for v in record.all("original-rcpt-to", "removal-recipient")] if record else []
    named += [address_in(o.first(_MICROSOFT)) for o in mail.originals]
    named += [address_in(o.first("to")) for o in mail.originals]
    return next((a for a in named if a), "")


def statistics(mail: Mail) -> str:
    """What sort of report that is about nobody the mail is, in Swedish; ”” when it is none."""
    files = [p.filename for p in mail.parts if p.filename and not p.enclosed]
    if mail.report_type == "tlsrpt" or mail.carries("application/tlsrpt+gzip", "application/tlsrpt+json"):
        return "en rapport om kryptering mellan servrar (TLS-RPT)"
    if _DMARC_SUBJECT.match(mail.fields.first("subject")) or any(_AGGREGATE.fullmatch(name) for name in files):
        return "en sammanställning om avsändarkontroll (DMARC)"
    if mail.report_type == "disposition-notification" or mail.carries(
        "message/disposition-notification", "message/global-disposition-notification"
    ):
        return "ett läskvitto"
    return ""


def _feedback(mail: Mail) -> Fields | None:
    for part in mail.parts:
        if part.type == _RECORD and not part.enclosed:
            return Fields(tuple(pair for block in records(part.text) for pair in block.pairs))
    if mail.report_type == "feedback-report":  # as a plain text
        for text in mail.texts():
            for block in records(text):
                if block.has("feedback-type"):
                    return block
    return None
