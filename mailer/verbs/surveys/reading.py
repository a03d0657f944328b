"""The surveys among the editors' files: which there are, and one of them read with its channel plan.

Takes   the opened house; a survey's key, ”” when there is only one.
Gives   (Questionnaire, ChannelPlan); or a Looked, with everything that is wrong and what is worth a thought.
Fails   EditorError when there is no such survey, or, in `read`, when anything is wrong with it.
"""

import difflib
from dataclasses import dataclass

from mailer.content.channel_plan.defaults import default_plan
from mailer.content.channel_plan.model import ChannelPlan
from mailer.content.channel_plan.parse import parse_plan
from mailer.content.folder import Folder, read_folder
from mailer.content.questionnaires.following import OWNER
from mailer.content.questionnaires.head import KEYS
from mailer.content.questionnaires.model import Questionnaire
from mailer.content.questionnaires.parse import read_questionnaire
from mailer.content.questionnaires.place import FOLDER, PLAN_SUFFIX, key_of, path_of, plan_path_of
from mailer.content.reading import SETTLE_S
from mailer.content.source import Source, where
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register.lists import read_lists
from mailer.verbs.surveys import owners


@dataclass(frozen=True, slots=True)
class Looked:
    """One survey as its files say it. `questionnaire`, `plan`: None when `errors` say why."""

    key: str
    questionnaire: Questionnaire | None
    plan: ChannelPlan | None
    errors: tuple[Problem, ...]
    remarks: tuple[Problem, ...] = ()


def read(house: House, key: str = "", settle_s: float = SETTLE_S) -> tuple[Questionnaire, ChannelPlan]:
    """The survey and its plan. EditorError with all that is wrong in both files, at once."""
    looked = look(house, key, settle_s)
    if looked.errors or looked.questionnaire is None or looked.plan is None:
        raise EditorError(*looked.errors)
    return looked.questionnaire, looked.plan


def look(house: House, key: str = "", settle_s: float = SETTLE_S) -> Looked:
    """The survey of that key, with all that is wrong."""
    folder = read_folder(house.content, settle_s=settle_s)
    key = _chosen(_keys(folder), key)
    return _look(house, folder, key)


def look_all(house: House, settle_s: float = SETTLE_S) -> tuple[Looked, ...]:
    """All surveys there are, and one Looked without a key for what belongs to none of them."""
    folder = read_folder(house.content, settle_s=settle_s)
    keys = _keys(folder)
    lonely = tuple(_lonely(folder, keys))
    nobodys = (Looked("", None, None, lonely),) if lonely else ()
    return (*(_look(house, folder, key) for key in keys), *nobodys)


def keys(house: House, settle_s: float = SETTLE_S) -> tuple[str, ...]:
    """The keys of the surveys there are files for."""
    return _keys(read_folder(house.content, settle_s=settle_s))


def _keys(folder: Folder) -> tuple[str, ...]:
    """Also of files that cannot be read: they are named by their problems."""
    paths = [file.path for file in folder.files] + [_path(problem) for problem in folder.problems]
    return tuple(sorted({key for path in paths if (key := key_of(path)) is not None}))


def _chosen(known: tuple[str, ...], key: str) -> str:
    wanted = key.casefold().removeprefix(f"{FOLDER}/").removesuffix(".md")
    if wanted in known:
        return wanted
    if not wanted and len(known) == 1:
        return known[0]
    if not known:
        remedy = "Gör en att börja med: mailer survey new NYCKEL"
        raise EditorError(Problem(where(FOLDER), "här finns ingen enkät.", remedy))
    there = f"De som finns är: {', '.join(known)}."
    if not wanted:
        raise EditorError(Problem(where(FOLDER), "här finns flera enkäter.", f"Skriv vilken. {there}"))
    near = difflib.get_close_matches(wanted, known, 1, cutoff=0.5)
    remedy = f"Menade du ”{near[0]}”?" if near else there
    raise EditorError(Problem(where(FOLDER), f"enkäten ”{key[:64]}” finns inte.", remedy))


def _look(house: House, folder: Folder, key: str) -> Looked:
    errors = [p for p in folder.problems if _path(p).casefold() in (path_of(key), plan_path_of(key))]
    file = _file(folder, path_of(key))
    if file is None:
        gone = Problem(where(path_of(key)), "filen går inte att läsa.", "Vänta en stund och kör igen.")
        return Looked(key, None, None, tuple(errors or [gone]))
    reading = read_questionnaire(file.path, file.raw)
    errors += reading.errors
    made = reading.questionnaire
    if made is None:
        return Looked(key, None, None, tuple(errors), reading.remarks)
    errors += [*_list_problems(house, made, file), *_owner_problems(house, made, file)]
    plan, wrong = _plan(house, folder, key, made)
    remarks = reading.remarks
    if plan is None:
        errors += wrong
    else:
        remarks = (*remarks, *wrong)
    return Looked(key, made, plan, tuple(errors), remarks)


def _plan(
    house: House, folder: Folder, key: str, made: Questionnaire
) -> tuple[ChannelPlan | None, tuple[Problem, ...]]:
    """The plan of its file, or the default."""
    file = _file(folder, plan_path_of(key))
    return (
        parse_plan(file.path, file.raw, made)
        if file
        else (default_plan(made, *(s.name for s in house.settings.series[:1])), ())
    )


def _list_problems(house: House, made: Questionnaire, file: Source) -> list[Problem]:
    """The list whose members are asked has to be one of the home's."""
    try:
        known = read_lists(house.lists)
    except EditorError as wrong:
        return list(wrong.problems)
    if made.list_key in known:
        return []
    line = _line_of(file, "lista")
    near = difflib.get_close_matches(made.list_key, known, 1, cutoff=0.5)
    remedy = f"Menade du ”{near[0]}”?" if near else f"De som finns är: {', '.join(known) or 'inga'}."
    return [Problem(where(file.path), f"listan ”{made.list_key}” finns inte.", remedy, line)]


def _owner_problems(house: House, made: Questionnaire, file: Source) -> list[Problem]:
    """Whoever is to follow up has to be one of [[people]]: only they may read who answered what."""
    line = _line_of(file, OWNER)
    owner = made.following.owner if made.following is not None else ""
    if not line or not owner or owners.find(house.settings, owner) is not None:
        return []
    names = [one.name for one in house.settings.people]
    near = difflib.get_close_matches(owner, names, 1, cutoff=0.5)
    remedy = f"Menade du ”{near[0]}”?" if near else f"De som finns under [[people]] är: {', '.join(names) or 'ingen'}."
    return [Problem(where(file.path), f"”{owner[:64]}” ska följa upp, men finns inte i inställningarna.", remedy, line)]


def _line_of(file: Source, key: str) -> int:
    """The line of a value in the head; 0 when it stands nowhere, and the default holds."""
    lines = file.raw.decode("utf-8", "replace").splitlines()
    names = tuple(f"{written}:" for written, name in KEYS.items() if name == key)
    return next((n for n, line in enumerate(lines, 1) if line.strip().casefold().startswith(names)), 0)


def _lonely(folder: Folder, keys: tuple[str, ...]) -> list[Problem]:
    """Plans without a survey, and files where none are read."""
    problems = []
    for file in folder.files:
        name = file.path.rpartition("/")[2]
        if not file.path.casefold().startswith(f"{FOLDER}/") or key_of(file.path) is not None:
            continue
        if file.path.count("/") > 1 or not name.casefold().endswith(PLAN_SUFFIX):
            remedy = f"Enkäter är .md-filer direkt i mappen {FOLDER}."
            problems.append(Problem(where(file.path), "filen läses inte.", remedy))
        elif (key := name[: -len(PLAN_SUFFIX)].casefold()) not in keys:
            remedy = f"Byt namn på en av dem, så att de heter {key}.md och {key}{PLAN_SUFFIX}."
            problems.append(Problem(where(file.path), f"kanalplanen har ingen enkät: {key}.md finns inte.", remedy))
    return problems


def _file(folder: Folder, path: str) -> Source | None:
    return next((file for file in folder.files if file.path.casefold() == path), None)


def _path(problem: Problem) -> str:
    return problem.where.removeprefix(where(""))
