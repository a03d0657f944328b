"""The key of a ballot box: made on two officers' media, tried, and in the end destroyed.

Takes   the opened house; a survey; folders on the officers' media, and their names.
Gives   a public key in the house, a private one nowhere but on the media; what was tried and confirmed.
Fails   EditorError when a medium is no medium, a copy is another's, or the moment for it is past.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from mailer.content.questionnaires.model import Questionnaire
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.surveys import store
from mailer.surveys.box import ballot, disclosure, key_file, sealing
from mailer.surveys.box.sealing import PrivateKey
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import officers, surveys
from mailer.verbs.surveys.kept import kept
from mailer.verbs.surveys.reading import read

Ask = Callable[[str], str]  # whose copy -> a passphrase, ””: none


@dataclass(frozen=True, slots=True)
class Made:
    """What lies where."""

    key: str
    copies: tuple[tuple[str, Path], ...]  # (name, file)


def make(house: House, key: str, to: Sequence[tuple[Path, str]], despite: str, ask: Ask) -> Made:
    """A new pair; the private half on each medium, the public one in the house. Earlier copies open nothing more."""
    questionnaire, plan = read(house, key)
    _require_secret(questionnaire)
    _require_places(house, to, despite)
    before = house.db.read(lambda c: store.find(c, questionnaire.key))
    if before is not None and before.state != Survey.PREPARED:
        raise _too_late(before)
    private = sealing.make()

    def keep(connection: Connection, names: Sequence[str]) -> None:
        digest = before.hash if before is not None else ""
        number = store.prepare(connection, questionnaire, plan, digest, house.zone)
        values = {"public_key": sealing.public_of(private), "ballot_size": ballot.size(questionnaire)}
        connection.execute(update(surveys).where(surveys.c.id == number).values(**values))
        connection.execute(delete(officers).where(officers.c.survey_id == number))
        made = {"survey_id": number, "made_at": house.clock.now(), "os_user": house.os_user, "despite": despite or None}
        connection.execute(insert(officers), [{"name": name, **made} for name in names])

    with ExitStack() as half:  # half a pair is no pair, whatever stopped it
        copies = _write_all(house, questionnaire, to, private, ask, half)
        house.db.write(lambda c: keep(c, [name for name, _ in copies]))
        half.pop_all()
    return Made(questionnaire.key, tuple(copies))


def try_copy(house: House, key: str, file: Path, name: str, ask: Ask) -> Surveyed:
    """Open a ballot of this survey's with the copy on the medium. That it opened is recorded."""
    survey = kept(house, key)
    if survey.state not in (Survey.PREPARED, Survey.APPROVED):
        raise _too_late(survey)
    private = open_copy(house, survey, file, ask, name)
    _open_one(survey, private)
    c = officers.c
    tried = update(officers).where(c.survey_id == survey.number, c.name == name)
    if not house.db.write(lambda db: db.execute(tried.values(tested_at=house.clock.now())).rowcount):
        raise _no_officer(house, survey, name)
    return survey


def open_copy(house: House, survey: Surveyed, file: Path, ask: Ask, name: str = "") -> PrivateKey:
    """The private key in a file, once it is sure that it is this survey's. `name`: whose copy it must be."""
    if survey.public_key is None:
        raise EditorError(Problem(survey.questionnaire.title.sv, "enkäten har ingen nyckel.", ""))
    words = key_file.read(file)
    _require_outside(house, file)
    locked = sealing.is_locked(words)
    copy = key_file.copy_of(file, words, ask(name or "den som håller i filen") if locked else "")
    if sealing.public_of(copy.private) != survey.public_key:
        what = "nyckeln i filen är inte den här enkätens."
        raise EditorError(Problem(str(file), what, "Är det en äldre kopia, eller en annan enkäts?"))
    if name and copy.name != name:
        remedy = f"Sätt i mediet som hör till {name}, så att båda kopiorna prövas."
        raise EditorError(Problem(str(file), f"det här är kopian hos {copy.name}.", remedy))
    return copy.private


def sentence(survey: Surveyed, name: str) -> str:
    """What an officer writes when her copy is destroyed."""
    return f"Jag, {name}, har förstört min kopia av nyckeln till enkäten {survey.key}."


def destroyed(house: House, key: str, name: str, written: str) -> list[str]:
    """Record her confirmation. Those who have not given theirs."""
    survey = kept(house, key)
    if survey.state not in (Survey.COUNTED, Survey.WITHDRAWN):
        remedy = f"Räkna först: mailer survey close {survey.key} --key FIL"
        raise EditorError(Problem(survey.questionnaire.title.sv, "svaren är inte räknade; utan nyckeln går det aldrig.",
                                  remedy))  # fmt: skip
    wanted = sentence(survey, name)
    if " ".join(written.split()).casefold().rstrip(".") != wanted.casefold().rstrip("."):
        raise EditorError(Problem("intyget", "det du skrev är inte hela meningen.", f"Skriv precis: {wanted}"))
    c = officers.c
    hers = update(officers).where(c.survey_id == survey.number, c.name == name)
    values = {"destroyed_at": house.clock.now(), "os_user": house.os_user}
    if not house.db.write(lambda db: db.execute(hers.values(**values)).rowcount):
        raise _no_officer(house, survey, name)
    return house.db.read(lambda db: unconfirmed(db, survey.number))


def unconfirmed(connection: Connection, survey: int) -> list[str]:
    """The officers who have not confirmed that their copy is destroyed."""
    c = officers.c
    waiting = select(c.name).where(c.survey_id == survey, c.destroyed_at.is_(None)).order_by(c.name)
    return list(connection.execute(waiting).scalars())


def _write_all(
    house: House,
    questionnaire: Questionnaire,
    to: Sequence[tuple[Path, str]],
    private: PrivateKey,
    ask: Ask,
    half: ExitStack,
) -> list[tuple[str, Path]]:
    title, key, today = questionnaire.title.sv, questionnaire.key, house.here().date()
    copies = []
    for folder, name in to:
        path = key_file.path_in(folder, key, name)
        key_file.write(path, key_file.text(title, key, name, today, private, ask(name)))
        half.callback(path.unlink, missing_ok=True)
        copies.append((name, path))
    return copies


def _require_secret(questionnaire: Questionnaire) -> None:
    if not questionnaire.is_secret:
        what = "enkäten har inga anonyma frågor och behöver ingen nyckel."
        raise EditorError(Problem(questionnaire.path, what, ""))
    if wrong := disclosure.objections(questionnaire):
        raise EditorError(*wrong)
    if (size := ballot.size(questionnaire)) > ballot.LARGEST:
        remedy = "Sätt ett lägre antal tecken på de anonyma frågorna med fritext, eller ha färre av dem."
        raise EditorError(Problem(questionnaire.path, f"en svarssedel skulle bli {size // 1024} kB.", remedy))


def _require_places(house: House, to: Sequence[tuple[Path, str]], despite: str) -> None:
    names = [name.strip() for _, name in to]
    if len(to) < 2 or len({name.casefold() for name in names}) < len(names) or not all(names):
        remedy = "Skriv: --to MAPP --name NAMN --to MAPP2 --name NAMN2"
        raise EditorError(Problem("mailer survey key", "det behövs två personer med var sitt medium.", remedy))
    wrong = []
    for folder, _ in to:
        if not folder.is_dir():
            wrong.append(Problem(str(folder), "mappen finns inte.", "Sätt i mediet och ange en mapp på det."))
            continue
        _require_outside(house, folder)
        if not despite and _is_on(folder, house.home, house.var):
            wrong.append(Problem(str(folder), "ligger på samma disk som hemmet, och kommer med i dess säkerhetskopior.",
                                 "Ange till exempel en USB-sticka. Går det inte: --despite ”SKÄL”"))  # fmt: skip
    places = [folder.resolve() for folder, _ in to]
    if not wrong and not despite and any(_is_on(a, b) for n, a in enumerate(places) for b in places[n + 1 :]):
        wrong.append(Problem("mailer survey key", "båda kopiorna skulle ligga på samma medium.",
                             "Ange två olika medier. Går det inte: --despite ”SKÄL”"))  # fmt: skip
    if wrong:
        raise EditorError(*wrong)


def _require_outside(house: House, path: Path) -> None:
    whole = path.resolve()
    if any(whole.is_relative_to(inside.resolve()) for inside in (house.home, house.var)):
        remedy = "Nyckeln får aldrig ligga på servern. Lägg den på mediet, och ta bort den härifrån."
        raise EditorError(Problem(str(path), "ligger i hemmet.", remedy))


def _is_on(path: Path, *others: Path) -> bool:
    return path.stat().st_dev in {other.stat().st_dev for other in others}


def _open_one(survey: Surveyed, private: PrivateKey) -> None:
    plain = secrets.token_bytes(survey.ballot_size or ballot.STEP)
    sealed = sealing.seal(survey.public_key or b"", survey.key, plain)
    if sealing.unseal(private, survey.key, sealed) != plain:
        raise EditorError(
            Problem(survey.questionnaire.title.sv, "provsedeln gick inte att öppna.", "Gör en ny nyckel.")
        )


def _too_late(survey: Surveyed) -> EditorError:
    words = store.STATE_WORDS[survey.state]
    remedy = "Svarssedlarna är förseglade till den nyckel som finns. En ny kan bara göras före godkännandet."
    return EditorError(Problem(survey.questionnaire.title.sv, f"enkäten {words}.", remedy))


def _no_officer(house: House, survey: Surveyed, name: str) -> EditorError:
    c = officers.c
    names = house.db.read(
        lambda db: db.execute(select(c.name).where(c.survey_id == survey.number).order_by(c.name)).scalars().all()
    )
    return EditorError(Problem(name, "har ingen kopia av nyckeln.", f"De som har: {', '.join(names)}"))
