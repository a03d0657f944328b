"""Mails that come back, as servers and people in Sweden write them. Names and addresses are invented."""

from mailer import codes
from mailer.address import Address, parse_address
from mailer.keys import Keys

RETURN = parse_address("studs@v-aktuellt.example.se")
OURS = frozenset({"redaktion@v-aktuellt.example.se", "v-aktuellt.example.se"})
DELIVERY = 4711


def to(keys: Keys, delivery: int = DELIVERY, address: Address = RETURN) -> str:
    """The address that bounces of this delivery come to."""
    local, _, domain = address.ascii.rpartition("@")
    return f"{local}+{codes.return_tag(keys, delivery)}@{domain}"


def mail(fields: dict[str, str], body: str, charset: str = "utf-8") -> bytes:
    """A plain mail. Field values are written as they are."""
    head = {"Content-Type": f"text/plain; charset={charset}", "Content-Transfer-Encoding": "8bit"} | fields
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return "\n".join([*lines, "", body]).encode(charset, "replace")


def report(fields: dict[str, str], told: str, record: str, original: str = "", kind: str = "delivery-status") -> bytes:
    """A report in three parts. RFC 6522."""
    head = {"Content-Type": f'multipart/report; report-type={kind}; boundary="gräns"'.replace("ä", "a")} | fields
    parts = [
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{told}",
        f"Content-Type: message/{kind}\n\n{record}",
    ]
    if original:
        parts.append(f"Content-Type: message/rfc822\n\n{original}")
    body = "".join(f"--grans\n{part}\n" for part in parts) + "--grans--\n"
    return ("\n".join(f"{n}: {v}" for n, v in head.items()) + "\n\n" + body).encode()


def dsn(keys: Keys, status: str, diagnostic: str = "", action: str = "failed", told: str = "", **fields: str) -> bytes:
    """A delivery report about one recipient, sent to our marked return address."""
    record = (
        "Reporting-MTA: dns; mx.leverantor.example\n\nFinal-Recipient: rfc822; asa@vallentuna.example\n"
        f"Action: {action}\nStatus: {status}\n" + (f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else "")
    )
    head = {"From": "Mail Delivery System <MAILER-DAEMON@mx.leverantor.example>", "To": to(keys), "Return-Path": "<>",
            "Subject": "Undelivered Mail Returned to Sender"}  # fmt: skip
    return report(head | fields, told or "Mejlet kunde inte levereras.", record)


def arf(keys: Keys, feedback: str = "abuse", marked: bool = True) -> bytes:
    """A complaint, as providers send them: to an address of its own, our mail inside. RFC 5965."""
    record = f"Feedback-Type: {feedback}\nUser-Agent: Kontoret/1.0\nVersion: 1\nOriginal-Mail-From: <{to(keys)}>\n"
    original = f"Return-Path: <{to(keys)}>\nFrom: redaktion@v-aktuellt.example.se\nSubject: V Aktuellt\n\nHej!\n"
    if not marked:
        record, original = record.splitlines()[0] + "\n", "From: redaktion@v-aktuellt.example.se\n\nHej!\n"
    head = {"From": "fbl@leverantor.example", "To": "klagomal@v-aktuellt.example.se", "Subject": "FBL"}
    return report(head, "Det här är en rapport om skräppost.", record, original, "feedback-report")
