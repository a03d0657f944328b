"""The files that travel with renderings, each stored once under the hash of its bytes.

Takes   a rendering's number and its Parts.
Gives   the Parts again, byte for byte.
Fails   BrokenPromise when a file is not what its hash says.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.errors import BrokenPromise
from mailer.outbox.tables import archive_parts, files, rendering_parts, renderings
from mailer.render.rendering import Part


def write_parts(connection: Connection, rendering: int, parts: Sequence[Part]) -> None:
    """Keep the parts of one rendering, in their order."""
    hashes = [hashlib.sha256(part.raw).hexdigest() for part in parts]
    write_files(connection, {key: part.raw for key, part in zip(hashes, parts, strict=True)})
    rows = [
        {
            "rendering_id": rendering,
            "position": position,
            "name": part.name,
            "kind": part.kind,
            "is_inline": part.is_inline,
            "file_hash": key,
        }
        for position, (part, key) in enumerate(zip(parts, hashes, strict=True))
    ]
    if rows:
        connection.execute(insert(rendering_parts), rows)


def read_parts(connection: Connection, wanted: Iterable[int]) -> Mapping[int, tuple[Part, ...]]:
    """rendering -> its parts, of those that have any. A file that several carry is read once."""
    p = rendering_parts.c
    rows = connection.execute(
        select(p.rendering_id, p.name, p.kind, p.is_inline, p.file_hash)
        .where(p.rendering_id.in_(list(wanted)))
        .order_by(p.rendering_id, p.position)
    ).all()
    raws = read_files(connection, {row.file_hash for row in rows})
    found: dict[int, tuple[Part, ...]] = {}
    for row in rows:
        part = Part(row.name, row.kind, raws[row.file_hash], row.is_inline)
        found[row.rendering_id] = (*found.get(row.rendering_id, ()), part)
    return found


def delete_parts(connection: Connection, mailing: int) -> None:
    """Forget the parts of a mailing's renderings, and the files that no rendering carries any more."""
    p = rendering_parts.c
    own = p.rendering_id.in_(select(renderings.c.id).where(renderings.c.mailing_id == mailing))
    hashes = sorted(set(connection.execute(select(p.file_hash).where(own)).scalars()))
    if not hashes:
        return
    connection.execute(delete(rendering_parts).where(own))
    forget_files(connection, hashes)


def forget_files(connection: Connection, hashes: Sequence[str]) -> None:
    """Forget those of these files that nothing carries any more."""
    # Whoever is about to carry the same file is waited for, and then seen by the next statement.
    connection.execute(
        select(files.c.hash).where(files.c.hash.in_(hashes)).order_by(files.c.hash).with_for_update()
    ).all()
    carried = select(rendering_parts.c.file_hash).where(rendering_parts.c.file_hash == files.c.hash).exists()
    archived = select(archive_parts.c.file_hash).where(archive_parts.c.file_hash == files.c.hash).exists()
    connection.execute(delete(files).where(files.c.hash.in_(hashes), ~carried, ~archived))


def write_files(connection: Connection, raws: Mapping[str, bytes]) -> None:
    """Write those that are not there, by their hash.

    PostgreSQL: an update that changes nothing holds the row until the commit.
    """
    for key in sorted(raws):
        values = {"hash": key, "raw": raws[key]}
        if connection.dialect.name == "postgresql":
            new = postgresql.insert(files).values(values)
            connection.execute(new.on_conflict_do_update(index_elements=["hash"], set_={"hash": new.excluded.hash}))
        else:
            connection.execute(sqlite.insert(files).values(values).on_conflict_do_nothing(index_elements=["hash"]))


def read_files(connection: Connection, hashes: set[str]) -> dict[str, bytes]:
    """hash -> the bytes. BrokenPromise when they are not what was written."""
    found = {
        row.hash: bytes(row.raw) for row in connection.execute(select(files).where(files.c.hash.in_(sorted(hashes))))
    }
    for key, raw in found.items():
        if hashlib.sha256(raw).hexdigest() != key:
            raise BrokenPromise(f"filen {key[:12]} i databasen är inte den som skrevs")
    return found
