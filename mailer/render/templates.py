"""The templates on disk: the home's own first, then those of the release.

Takes   the home's folder of templates.
Gives   filled templates. Values are escaped in .mjml.j2; what an editor wrote is never a template.
Fails   AdminError when a template is missing or wrong, a home's own that asks for what there is not included;
        BrokenPromise when one of the release asks for a value that nobody gave.
"""

from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemLoader,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_eval_context,
    select_autoescape,
)
from jinja2.bccache import Bucket
from jinja2.nodes import EvalContext

from mailer.errors import AdminError, BrokenPromise, Problem
from mailer.example_home import example_home
from mailer.languages import Language, translations
from mailer.render.check import check_template
from mailer.render.filters import FILTERS
from mailer.render.unknown import Unknown, UnknownName, nearest, place
from mailer.slots import TEMPLATE_SLOTS

# What Python says of a template that adds a number to a word, calls a value, divides by nothing or includes itself.
_WRONG_IN_PYTHON = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class Templates:
    """The opened templates. A file of the same name in an earlier folder wins; the last folder is the release's."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._plain = _environment(folders, finalize=None)
        self._english: Environment | None = None  # opened when somebody reads it

    def fill(self, name: str, **values: Any) -> str:
        """The filled template."""
        return self._fill(self._plain, name, values)

    def fill_in(self, language: Language, name: str, **values: Any) -> str:
        """The filled template in the language; it is given `language` too. Its sentences stand in `_("…")`."""
        if language == "sv":
            return self._fill(self._plain, name, {"language": language, **values})
        self._english = self._english or _environment(self._folders, finalize=None, language=language)
        return self._fill(self._english, name, {"language": language, **values})

    def fill_finalized(
        self, name: str, finalize: Callable[[Any], Any], language: Language = "sv", **values: Any
    ) -> str:
        """The filled template, each value put through `finalize` first."""

        @pass_eval_context  # so that nothing is finalized while it is compiled, which is done once for all
        def late(_: EvalContext, value: Any) -> Any:
            return finalize(value)

        return self._fill(_environment(self._folders, late, language), name, {"language": language, **values})

    def problems(self) -> list[Problem]:
        """What is wrong in the MJML of all templates, each with its file and line."""
        found = []
        for name in self._plain.list_templates(filter_func=lambda n: n.endswith(".mjml.j2")):
            source, path, _ = self._plain.loader.get_source(self._plain, name)  # type: ignore[union-attr]
            found += check_template(source, _shown(path or name, name))
        return found

    def _fill(self, environment: Environment, name: str, values: dict[str, Any]) -> str:
        try:
            return environment.get_template(name).render(values)
        except TemplateNotFound as why:
            where = f"templates/{why.name}"
            raise AdminError(Problem(where, "mallen finns inte.", "Installera om, eller lägg tillbaka filen.")) from why
        except UnknownName as why:
            raise self._unknown(why, environment, name, values) from why
        except TemplateSyntaxError as why:
            where = _shown(why.filename or name, why.name or name)
            raise AdminError(Problem(where, f"mallen går inte att läsa ({why.message}).", "", why.lineno)) from why
        except TemplateError as why:
            raise AdminError(Problem(f"templates/{name}", f"mallen går inte att fylla i ({why}).")) from why
        except _WRONG_IN_PYTHON as why:
            path, line = place(why, self._folders)
            if not self._is_own(path):
                raise
            what = f"mallen går inte att fylla i ({type(why).__name__}: {why})."
            raise AdminError(Problem(self._named(path), what, "Jämför med mallen som följer med.", line)) from why

    def _unknown(
        self, why: UnknownName, environment: Environment, name: str, values: dict[str, Any]
    ) -> AdminError | BrokenPromise:
        path, line = place(why, self._folders)
        if not self._is_own(path):
            return BrokenPromise(f"templates/{name}: {why.message}")
        near = nearest(why, [*values, *environment.globals])
        remedy = f"Menade du ”{near}”?" if near else "Se vilka namn mallen som följer med använder."
        what = f"mallen frågar efter ”{why.asked}”, som inte finns."
        return AdminError(Problem(self._named(path), what, remedy, line))

    def _is_own(self, path: str) -> bool:
        """Whether the file is a home's, not the release's."""
        return any(Path(path).is_relative_to(folder) for folder in self._folders[:-1]) if path else False

    def _named(self, path: str) -> str:
        folder = next(f for f in self._folders if Path(path).is_relative_to(f))
        return _shown(path, Path(path).relative_to(folder).as_posix())


def open_templates(home: Path | None = None) -> Templates:
    """The templates of a home (its own folder, home/templates), with the release's behind them."""
    return Templates(*([home / "templates"] if home else []), example_home() / "templates")


class _Compiled(BytecodeCache):
    """What templates compile to, for as long as the process lives: compiling is most of what a notice costs. A file
    that is changed has another checksum, and is compiled anew."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}  # by name and path

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED, _COMPILED_TO_FINALIZE = _Compiled(), _Compiled()


def _environment(
    folders: tuple[Path, ...], finalize: Callable[[EvalContext, Any], Any] | None, language: Language = "sv"
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([str(f) for f in folders]),
        autoescape=select_autoescape((".mjml.j2", ".html.j2")),
        undefined=Unknown,
        finalize=finalize,
        bytecode_cache=_COMPILED if finalize is None else _COMPILED_TO_FINALIZE,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= FILTERS
    environment.globals |= {"slot": {name: slot.marker for name, slot in TEMPLATE_SLOTS.items()}}
    return environment


def _shown(path: str, name: str) -> str:
    """The file as the administrator knows it."""
    return (
        path
        if Path(path).is_absolute() and not path.startswith(str(example_home() / "templates"))
        else f"templates/{name}"
    )
