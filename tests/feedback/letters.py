"""Mails that come back to a home in miniature, made as others' programs make them.

Takes   the home, the number of a delivery.
Gives   the bytes.
Fails   never.
"""

from mailer import codes
from mailer.house import House


def tagged(house: House, delivery: int) -> str:
    """The return address of the delivery."""
    local, _, domain = house.settings.sender.return_address.partition("@")
    return f"{local}+{codes.return_tag(house.keys, delivery)}@{domain}"


def bounce(house: House, delivery: int, to: str, status: str = "5.1.1") -> bytes:
    """A report of a failure. RFC 3464."""
    at = tagged(house, delivery)
    return (
        f"Return-Path: <>\nDelivered-To: {at}\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.com>\nTo: {at}\n"
        f"Subject: Undelivered Mail Returned to Sender\nMessage-ID: <b{delivery}.{status}@mx.example.com>\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nI could not deliver it.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n"
        f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; 550 {status} User unknown\n\n--b--\n"
    ).encode()


def away(house: House, delivery: int, sender: str) -> bytes:
    """An auto-reply. RFC 3834."""
    at = tagged(house, delivery)
    return (
        f"Return-Path: <>\nDelivered-To: {at}\nFrom: {sender}\nTo: {at}\nSubject: Autosvar\n"
        f"Message-ID: <a{delivery}@example.com>\nAuto-Submitted: auto-replied\n\nJag är borta.\n"
    ).encode()


def stranger(n: int) -> bytes:
    """A mail that has nothing to do with us."""
    return (
        f"Return-Path: <s{n}@example.com>\nFrom: s{n}@example.com\nTo: studs@vallentuna.example\n"
        f"Subject: Erbjudande {n}\nMessage-ID: <s{n}@example.com>\n\nKöp nu!\n"
    ).encode()


def our_own(house: House, n: int = 1) -> bytes:
    """A mail of ours that has come round."""
    sender = house.settings.sender
    domain = sender.from_address.partition("@")[2]
    return (
        f"Return-Path: <{sender.return_address}>\nFrom: {sender.from_address}\nTo: {sender.return_address}\n"
        f"Subject: V Aktuellt\nMessage-ID: <egen{n}@{domain}>\nList-Id: V Aktuellt <v-aktuellt.medlemmar.{domain}>\n"
        "Auto-Submitted: auto-generated\n\nHej!\n"
    ).encode()
