"""The browser on pages that are served: with scripts on, as a reader has it."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.oracles.browser import ALARM, TALL, Chromium, Seen

T = TypeVar("T")


class Visitor(Chromium):
    """Chromium that goes to addresses."""

    def visit(self, url: str, do: Callable[[Seen], T], width: int = 320, scheme: str = "light") -> T:
        """What `do` finds at the address. `seen.asked`: every request that was made."""
        return self._thread.submit(self._visit, url, do, width, scheme).result()

    def found_by_axe(self, url: str, width: int, scheme: str) -> list[str]:
        """What axe finds on the page. It cannot look into what is sandboxed."""
        return self.visit(url, lambda seen: self._axe_on(seen), width, scheme)

    def _axe_on(self, seen: Seen) -> list[str]:
        seen.page.evaluate(self._axe)
        found = seen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{rule['id']}: {node['html'][:150]}" for rule in found["violations"] for node in rule["nodes"]]

    def _visit(self, url: str, do: Callable[[Seen], T], width: int, scheme: Any) -> T:
        context = self._browser.new_context(viewport={"width": width, "height": TALL}, color_scheme=scheme)
        try:
            page = context.new_page()
            seen = Seen(page)
            page.on("request", lambda request: seen.asked.append(request.url))
            page.add_init_script(ALARM)
            page.goto(url, wait_until="load")
            return do(seen)
        finally:
            context.close()
