"""A real browser for mails: Chromium, opened once.

Playwright keeps an event loop running in its thread, which the other tests' loops do not stand: it gets one of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, Page, Playwright, Route, sync_playwright

from tests.oracles.programs import NO_CHROMIUM, axe, needed

T = TypeVar("T")
WIDTHS = (320, 600, 1000)
TALL = 900
MAIL = "https://brev.example/"  # where the page is said to come from; nobody is asked for it
ALARM = "for (const n of ['alert', 'confirm', 'prompt']) window[n] = () => { window.ran = (window.ran || 0) + 1; }"


@dataclass
class Seen:
    """One mail as one reader sees it."""

    page: Page
    asked: list[str] = field(default_factory=list)  # what the page wanted from others


class Chromium:
    """The browser. What touches it runs in its own thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._playwright: Playwright
        self._browser: Browser
        self._axe = axe()
        self._thread.submit(self._open).result()

    def look(self, html: str, do: Callable[[Seen], T], width: int = 600, scheme: str = "light") -> T:
        """What `do` finds in the HTML at this width, in the light or dark scheme."""
        return self.look_at_each([html], do, width, scheme)[0]

    def look_at_each(
        self, pages: Sequence[str], do: Callable[[Seen], T], width: int = 600, scheme: str = "light"
    ) -> list[T]:
        """The same of many, one after the other in the same window."""
        return self._thread.submit(self._look, pages, do, width, scheme).result()

    def accessibility(self, html: str, width: int, scheme: str) -> list[str]:
        """What axe finds, each as ”rule: element: why”."""
        return self.look(html, self._ask_axe, width, scheme)

    def picture(self, html: str, file: Path, width: int, scheme: str) -> None:
        """The whole mail as a PNG."""
        self.look(html, lambda seen: seen.page.screenshot(path=file, full_page=True), width, scheme)

    def close(self) -> None:
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _open(self) -> None:
        self._playwright = sync_playwright().start()
        # Without windows, menus and a second process for them it costs two thirds.
        path = needed("chromium-headless-shell", NO_CHROMIUM, "chromium", "chromium-browser", "google-chrome")
        self._browser = self._playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])

    def _close(self) -> None:
        self._browser.close()
        self._playwright.stop()

    def _look(self, pages: Sequence[str], do: Callable[[Seen], T], width: int, scheme: Any) -> list[T]:
        context = self._browser.new_context(viewport={"width": width, "height": TALL}, color_scheme=scheme)
        try:
            page = context.new_page()
            page.add_init_script(ALARM)
            return [do(self._open_mail(page, html)) for html in pages]
        finally:
            context.close()

    def _open_mail(self, page: Page, html: str) -> Seen:
        """The page, loaded. Whatever else it wants is written down, and not given."""
        seen = Seen(page)

        def answer(route: Route) -> None:
            if route.request.url == MAIL:
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
            else:
                seen.asked.append(route.request.url)
                route.abort()

        page.unroute_all()
        page.route("**/*", answer)
        page.goto(MAIL, wait_until="load")
        return seen

    def _ask_axe(self, seen: Seen) -> list[str]:
        seen.page.evaluate(self._axe)
        # The name that MJML gives the whole mail counts as words outside all landmarks (rule ”region”), and then axe
        # looks no further. Without it the rule judges what it is for: the words themselves.
        seen.page.evaluate("document.querySelectorAll('[role=article]').forEach(e => e.removeAttribute('aria-label'))")
        found = seen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{rule['id']}: {node['html'][:150]}: {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]


@contextmanager
def chromium() -> Iterator[Chromium]:
    opened = Chromium()
    try:
        yield opened
    finally:
        opened.close()
