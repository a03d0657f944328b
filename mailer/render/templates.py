"""The templates on disk: the home's own first, then those of the release.

Takes   the home's folder of templates.
Gives   filled templates. Values are escaped in .mjml.j2; what an editor wrote is never a template.
Fails   AdminError when a template is missing or wrong; BrokenPromise when it asks for a value that nobody gave.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    select_autoescape,
)
from markupsafe import Markup

from mailer.content import markdown, plain
from mailer.errors import AdminError, BrokenPromise, Problem
from mailer.example_home import example_home
from mailer.render.check import check_template
from mailer.render.when import short_month, when
from mailer.slots import TEMPLATE_SLOTS
from mailer.words import count, month, number


class Templates:
    """The opened templates. A file of the same name in an earlier folder wins."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._plain = _environment(folders, finalize=None)

    def fill(self, name: str, **values: Any) -> str:
        """The filled template."""
        return self._fill(self._plain, name, values)

    def fill_finalized(self, name: str, finalize: Callable[[Any], Any], **values: Any) -> str:
        """The filled template, each value put through `finalize` first."""
        return self._fill(_environment(self._folders, finalize), name, values)

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
            problem = Problem(
                f"templates/{why.name}", "mallen finns inte.", "Installera om, eller lägg tillbaka filen."
            )
            raise AdminError(problem) from why
        except UndefinedError as why:
            raise BrokenPromise(f"templates/{name}: {why.message}") from why
        except TemplateSyntaxError as why:
            where = _shown(why.filename or name, why.name or name)
            raise AdminError(Problem(where, f"mallen går inte att läsa ({why.message}).", "", why.lineno)) from why
        except TemplateError as why:
            raise AdminError(Problem(f"templates/{name}", f"mallen går inte att fylla i ({why}).")) from why


def open_templates(home: Path | None = None) -> Templates:
    """The templates of a home (its own folder, home/templates), with the release's behind them."""
    return Templates(*([home / "templates"] if home else []), example_home() / "templates")


def _environment(folders: tuple[Path, ...], finalize: Callable[[Any], Any] | None) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([str(f) for f in folders]),
        autoescape=select_autoescape((".mjml.j2", ".html.j2")),
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "html": _html,
        "text": lambda text, fill=None: plain.text(text, fill=fill),
        "wrap": lambda text, first="", rest="": "\n".join(plain.wrap(text, first=first, rest=rest)),
        "underline": lambda text, with_="-": text + "\n" + with_ * min(len(text), plain.WIDTH),
        "sentence": lambda text: text[:1].upper() + text[1:],
        "when": when,
        "short_month": short_month,
        "month": month,
        "number": number,
        "count": count,
        "quote": lambda text: quote(text, safe=""),
    }
    environment.globals |= {"slot": {name: slot.marker for name, slot in TEMPLATE_SLOTS.items()}}
    return environment


def _html(
    text: str, top: int = 3, styles: Mapping[str, str] | None = None, fill: markdown.Fill | None = None
) -> Markup:
    """Markdown as HTML that needs no more escaping: `markdown` lets no HTML of an editor's through."""
    return Markup(markdown.html(text, top, styles, fill))  # noqa: S704


def _shown(path: str, name: str) -> str:
    """The file as the administrator knows it."""
    return (
        path
        if Path(path).is_absolute() and not path.startswith(str(example_home() / "templates"))
        else f"templates/{name}"
    )
