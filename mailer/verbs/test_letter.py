"""test --to: each edition, marked [Test], to one address. The only mail that goes past the outbox.

Takes   the opened house, which mailing, an address.
Gives   the sentence to say.
Fails   EditorError on a bad address; LaterError or AdminError when the relay does not take it.
"""

import asyncio
from dataclasses import replace

from mailer import words
from mailer.address import Address, parse_address
from mailer.audience.rule import Rule, Source
from mailer.deliver.dkim import signer_of
from mailer.deliver.message import Letterhead, Message, compose
from mailer.deliver.smtp import Unreachable, submit
from mailer.errors import AdminError, EditorError, LaterError, Problem
from mailer.house import House
from mailer.outbox.outcome import Offered, Outcome
from mailer.outbox.store import mailings
from mailer.render.mould import cut
from mailer.verbs import which
from mailer.verbs.preview import SAMPLE


def send_test(house: House, word: str, to: str) -> list[str]:
    """Send every edition of the mailing to `to`."""
    house.may_send()
    try:
        address = parse_address(to)
    except ValueError as why:
        raise EditorError(Problem("--to", f"{why}.", "Skriv en e-postadress, till exempel namn@exempel.se.")) from why
    row = house.db.read(lambda c: which.mailing(house, c, word))
    renderings = house.db.read(lambda c: mailings.read_renderings(c, row.id))
    rule, letterhead = (
        Rule.from_json(row.rule),
        Letterhead.of(house.settings, test=True, signer=signer_of(house.settings, house.home)),
    )
    for rendering in renderings:
        source = _source(rule, rendering.edition)
        # Delivery 0 does not exist: the codes of a test letter open nothing.
        offered = Offered(0, row.id, 0, row.kind, source.key or None, None, address.ascii,
                          SAMPLE["first_name"], SAMPLE["last_name"], 0, None)  # fmt: skip
        head = replace(letterhead, edition=rendering.edition if len(renderings) > 1 else "")
        message = compose(
            head, house.keys, cut(rendering), rendering.subject, offered, source,
            house.settings.what_stops(row.series),
            house.clock.now().astimezone(house.zone),
        )  # fmt: skip
        _say_outcome(address, asyncio.run(_send(house, message)))
    if len(renderings) == 1:
        return [f"Provmejlet är skickat till {address.shown}."]
    editions = words.listing([rendering.edition for rendering in renderings], "och")
    return [f"{len(renderings)} provmejl är skickade till {address.shown}, ett för varje version: {editions}."]


def _source(rule: Rule, edition: str) -> Source:
    """A list that the edition goes to, for the footer; else the mailing's first."""
    conditions, needs = rule.editions.conditions, dict(rule.editions.needs).get(edition, ())
    own = {key for number in needs for key in conditions[number].lists}
    others = {key for condition in conditions for key in condition.lists}
    fits = (s for s in rule.sources if (s.key in own if needs else s.key not in others))
    return next(fits, next(iter(rule.sources), rule.source(None)))


async def _send(house: House, message: Message) -> Outcome:
    settings = house.settings
    try:
        return await submit(settings.relay, settings.password(house.home), settings.sender.from_.domain, message)
    except Unreachable as why:
        return why.outcome


def _say_outcome(address: Address, outcome: Outcome) -> None:
    said = f"{outcome.code or ''} {outcome.text}".strip()
    if outcome.event == "accept":
        return
    if outcome.event == "refuse":
        raise EditorError(Problem(address.shown, f"e-postservern avvisar adressen: {said}.", "Kontrollera adressen."))
    if outcome.fault == "ours":
        raise AdminError(Problem("e-postservern", f"tar inte emot: {said}.", "Kontrollera [relay] och [sender]."))
    raise LaterError(Problem("e-postservern", f"kunde inte ta emot nu: {said}.", "Försök igen om en stund."))
