"""What Mailchimp's export would do to the register: first the stops, then those who subscribe.

Takes   an Export, the register, the List, which stops stand already, and the key of an address.
Gives   a Plan, and its hash.
Fails   never.

An address that Mailchimp has cleaned is suppressed. Whoever has unsubscribed leaves the list, and so does everybody in
the register who shares the address: the wish came from there. Nobody becomes a member by a newsletter: to a members'
list only the stops are taken.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mailer.address import Address
from mailer.errors import Problem
from mailer.register.definition import List
from mailer.register.diff import HASH_LENGTH, Diff, compare, short_hash
from mailer.register.identity import Known
from mailer.register.mailchimp import Export
from mailer.register.rows import LEFT_OUT, People, Row
from mailer.register.store_import import Register


@dataclass(frozen=True, slots=True)
class Stops:
    """What is wished to stop, before it is known what is stopped already."""

    suppress: tuple[str, ...]  # address keys
    leave: tuple[int, ...]  # contacts
    strangers: tuple[Row, ...]  # unsubscribed, and nobody in the register has the address


@dataclass(frozen=True, slots=True)
class Plan:
    """What accepting would do, in this order."""

    suppress: tuple[str, ...]  # address keys, not suppressed yet
    leave: tuple[int, ...]  # contacts without a leave yet
    strangers: tuple[Row, ...]  # entered only so that the no is kept; of a members' list, not at all
    diff: Diff
    not_members: int  # subscribers who are not taken, since the list is the members'
    sharing: int  # new ones whose address somebody in the register has already, under another name

    @property
    def is_empty(self) -> bool:
        """Whether accepting it would change nothing."""
        return not (self.suppress or self.leave or self.strangers) and self.diff.is_empty

    def hash(self, file_hash: str, chosen: List) -> str:
        """A word for exactly this plan."""
        lines = [row.line for row in self.strangers]
        content = [short_hash(self.diff, file_hash, chosen, False), self.suppress, self.leave, lines]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:HASH_LENGTH]


def stops(export: Export, contacts: Sequence[Known], key: Callable[[Address], str]) -> Stops:
    """Whom the two stricter files mean."""
    at = _at(contacts)
    leave: set[int] = set()
    strangers: list[Row] = []
    for row in export.unsubscribed:
        here = at.get(row.address.normal, ()) if row.address else ()
        leave.update(contact.id for contact in here)
        if not here:
            strangers.append(row)
    suppress = {key(row.address) for row in export.cleaned if row.address}
    return Stops(tuple(sorted(suppress)), tuple(sorted(leave)), tuple(strangers))


def plan(
    export: Export,
    register: Register,
    chosen: List,
    wished: Stops,
    suppressed: frozenset[str],
    left: frozenset[int],
) -> Plan:
    """The Plan; `suppressed` and `left` are the address keys and contacts that are stopped already."""
    where = next((part.where for part in export.parts if part.kind == "subscribed"), "Mailchimp")
    at = _at(register.contacts)
    people = _named(where, export.subscribed, at) if not chosen.members else People((), ())
    diff = compare(where, people, register.contacts, register.on_list, register.members, chosen, whole=False)
    return Plan(
        suppress=tuple(key for key in wished.suppress if key not in suppressed),
        leave=tuple(n for n in wished.leave if n not in left),
        strangers=() if chosen.members else wished.strangers,
        diff=replace(diff, problems=(*export.problems, *diff.problems)),
        not_members=len(export.subscribed.rows) if chosen.members else 0,
        sharing=sum(row.address is not None and row.address.normal in at for row in diff.added),
    )


def _named(where: str, people: People, at: Mapping[str, Sequence[Known]]) -> People:
    """Those whom Mailchimp knows by address alone, with the name of the one in the register who has it."""
    rows, problems = [], list(people.problems)
    for row in people.rows:
        here = at.get(row.address.normal, ()) if row.address and not row.name and not row.left_out else ()
        if len(here) > 1:
            names = " och ".join(f"#{contact.id}" for contact in here[:5])
            what = f"raden har inget namn, och adressen är fleras i registret: {names}."
            problems.append(Problem(where, what, LEFT_OUT, row.line))
            row = replace(row, left_out=True)
        elif here:
            row = replace(row, first_name=here[0].first_name, last_name=here[0].last_name)
        rows.append(row)
    return replace(people, rows=tuple(rows), problems=tuple(problems))


def _at(contacts: Sequence[Known]) -> Mapping[str, Sequence[Known]]:
    """The contacts by the normal form of their address."""
    found: dict[str, list[Known]] = defaultdict(list)
    for contact in contacts:
        if contact.address:
            found[contact.address.lower()].append(contact)
    return found
