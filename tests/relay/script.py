"""When the relay misbehaves, and how.

Takes   rules from JSON; then each event as it happens: stage, recipients, seconds since the script began.
Gives   the rules that fire: any number of delays, then at most one other.
Fails   ValueError on a rule that cannot be read.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

STAGES = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot")
FAULTS = ("reply", "drip", "drop", "hang", "stall", "sip", "delay", "garbage", "double", "rst")
DEFAULT_TEXTS = {"reply": "451 4.3.0 Try again later", "garbage": "%!? \x00\xff\r\n"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault. It counts its own events: those at its stage and, with `match`, to its recipients."""

    at: str
    fault: str  # "do" in the JSON
    match: re.Pattern[str] | None = None  # searched in each recipient; no recipient yet: does not fit
    nth: int | tuple[int, ...] | None = None  # every n-th event, or these (from 1)
    first: int | None = None  # only the first n events of each recipient
    between_s: tuple[float, float] | None = None  # from (included) to (not), seconds since the rule's first event
    text: str = ""  # reply, drip and double: the reply, lines apart by \n; garbage: one character per byte
    seconds: float = 0.0  # hang, stall and delay; drip: before each byte; sip: before each piece of the message
    others: int = 0  # hang: no longer than until so many messages are acknowledged since the script began
    bytes: int = 0  # at body: when so many octets of it have come
    when: str = "before"  # at dot: before it is acknowledged, or "after_ack": logged, but not answered
    repeat: int = 1  # garbage: so many times


def parse_script(text: str) -> tuple[Rule, ...]:
    """The rules in a JSON list. Raises ValueError."""
    rules = json.loads(text)
    if not isinstance(rules, list):
        raise ValueError("a script is a list of rules")
    return tuple(_rule(rule) for rule in rules)


class Script:
    """Rules, and how often each has met its event. Not a value: it counts."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._rules = tuple(rules)
        self._met: Counter[int] = Counter()
        self._met_by: Counter[tuple[int, str]] = Counter()
        self._began_s: dict[
            int, float
        ] = {}  # by rule: when it met its first event, however slow the house was to start

    def decide(self, at: str, recipients: Sequence[str], elapsed_s: float) -> tuple[Rule, ...]:
        """What fires now. Every rule sees every event, so that one does not move another's count."""
        fired = [rule for n, rule in enumerate(self._rules) if self._fires(n, rule, at, recipients, elapsed_s)]
        delays = [rule for rule in fired if rule.fault == "delay"]
        return (*delays, *[rule for rule in fired if rule.fault != "delay"][:1])

    def _fires(self, n: int, rule: Rule, at: str, recipients: Sequence[str], elapsed_s: float) -> bool:
        if rule.at != at or not (rule.match is None or any(rule.match.search(r) for r in recipients)):
            return False
        who = (n, ",".join(recipients))
        since_s = elapsed_s - self._began_s.setdefault(n, elapsed_s)
        self._met[n] += 1
        self._met_by[who] += 1
        if isinstance(rule.nth, int) and self._met[n] % rule.nth:
            return False
        if isinstance(rule.nth, tuple) and self._met[n] not in rule.nth:
            return False
        if rule.first is not None and self._met_by[who] > rule.first:
            return False
        return rule.between_s is None or rule.between_s[0] <= since_s < rule.between_s[1]


def _rule(given: Any) -> Rule:
    if not isinstance(given, dict):
        raise ValueError(f"a rule is an object: {given!r}")
    known = {f.name for f in fields(Rule)} - {"fault"} | {"do"}
    if strangers := given.keys() - known:
        raise ValueError(f"unknown keys {sorted(strangers)}; there are {sorted(known)}")
    at, fault, when = given.get("at"), given.get("do"), given.get("when", "before")
    if at not in STAGES or fault not in FAULTS or when not in ("before", "after_ack"):
        raise ValueError(f"no such stage, fault or moment: {given!r}")
    if when == "after_ack" and at != "dot":
        raise ValueError('"after_ack" is only at "dot"')
    nth, span = given.get("nth"), given.get("between_s")
    if nth == 0 or nth == []:
        raise ValueError('"nth" counts from 1')
    return Rule(
        at=at,
        fault=fault,
        match=re.compile(given["match"]) if given.get("match") else None,
        nth=tuple(int(n) for n in nth) if isinstance(nth, list) else None if nth is None else int(nth),
        first=None if given.get("first") is None else int(given["first"]),
        between_s=None if span is None else (float(span[0]), float(span[1])),
        text=str(given.get("text", DEFAULT_TEXTS.get(fault, ""))),
        seconds=float(given.get("seconds", 0)),
        others=int(given.get("others", 0)),
        bytes=int(given.get("bytes", 0)),
        when=when,
        repeat=int(given.get("repeat", 1)),
    )
