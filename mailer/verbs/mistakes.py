"""Mistakes in the editors' folder, told to those who can mend them.

Takes   the opened house and a look at its folder.
Gives   a notice to each author with all that is wrong in her files, each mistake of each version once.
Fails   never for want of people.

A file that is saved anew and still wrong is a new version: whoever tried to mend it waits for an answer.
"""

from collections.abc import Iterable

from mailer.content import folder_store as store
from mailer.content.folder import BEING_SAVED
from mailer.content.parse import empty
from mailer.errors import Problem
from mailer.house import House
from mailer.verbs.say import digest, say
from mailer.verbs.seen import Seen, author_of, by_person, path_of

MOST_SHOWN = 40  # of one letter; nobody mends more before lunch
_BLANK = b"\xef\xbb\xbf \t\r\n"


def tell(house: House, seen: Seen) -> bool:
    """Tell of what is new. Whether nothing is left: what somebody is writing in is left in peace for a while."""
    told = house.db.read(lambda c: store.read_told(c, store.MISTAKE))
    found = _problems(house, seen)
    rested = [p for p in found if seen.has_rested(path_of(p.where))]
    version = {p: _version(seen, p) for p in rested}
    new = [p for p in rested if version[p] not in told.get(_key(p), {})]
    for person, is_hers, problems in by_person((author_of(house, seen, path_of(p.where)), p) for p in new):
        files = list(dict.fromkeys(p.where for p in problems))
        say(
            house,
            f"rätta/{digest(*sorted(version[p] for p in problems))}",
            [person],
            "mistake",
            problems=[str(p) for p in problems[:MOST_SHOWN]],
            more=max(0, len(problems) - MOST_SHOWN),
            file=files[0].rpartition("/")[2] if len(files) == 1 else "",
            is_hers=is_hers,
            command=house.command("check"),
        )
    now = house.clock.now()
    if new:
        house.db.write(lambda c: store.remember_told(c, store.MISTAKE, ((_key(p), version[p]) for p in new), now))
    return len(rested) == len(found) and not seen.folder.unsettled


def _problems(house: House, seen: Seen) -> list[Problem]:
    """What is wrong with the files of the issues to come."""
    found = [p for p in seen.content.problems if p.what != BEING_SAVED and seen.is_of_now(path_of(p.where))]
    return list(dict.fromkeys([*found, *_empty(house, seen)]))


def _empty(house: House, seen: Seen) -> Iterable[Problem]:
    """Files that hold nothing, where nothing is no answer: they are no standing column's."""
    keys = {column.key for column in house.settings.columns}
    blank = {f.path for f in seen.folder.files if not f.raw.strip(_BLANK)}
    closed = (f for f in seen.content.closed if f.column not in keys and f.path in blank)
    return (empty(f.path) for f in closed if seen.is_of_now(f.path))


def _key(problem: Problem) -> str:
    return path_of(problem.where)[: store.LONGEST]


def _version(seen: Seen, problem: Problem) -> str:
    """The mistake and the version of the file it is in. Its line is no part: it moves when another is mended."""
    path = path_of(problem.where)
    source = next((f.hash for f in seen.folder.files if f.path == path), "")
    return digest(path, source, problem.what)
