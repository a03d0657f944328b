"""Every route there is, from outside: what it may do, for whom, with which headers, and that reading changes nothing."""

import re
import string
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest

from mailer.web.app import Site
from mailer.web.pages import Pages
from mailer.web.table import all_pages
from tests.web.expected import EXPECTED
from tests.web.serving import FORM, Got
from tests.web.whole import CANARY_LAST, Whole, a_whole_home

SAFE = ("GET", "HEAD", "OPTIONS")
OTHER_METHODS = ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "X")
EVIL = "ond.example"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with a_whole_home(tmp_path_factory.mktemp("hem")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(whole: Whole) -> tuple:
    return all_pages(whole.house, Pages(whole.house, None))


def known(got: Got) -> bool:
    return got.status < 400


def is_html(got: Got) -> bool:
    return got.headers.get("content-type", "").startswith("text/html")


def pattern_of(path: str) -> str:
    """The first route it fits, without the language."""
    bare = urlsplit(path).path
    if bare.startswith("/en/"):
        bare = bare.removeprefix("/en")
    for method, pattern in EXPECTED:
        if method == "GET" and re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(pattern)), bare):
            return pattern
    return ""


def only_posted(path: str) -> bool:
    bare = urlsplit(path).path.removeprefix("/en")
    return ("POST", bare) in EXPECTED and ("GET", bare) not in EXPECTED


def test_has_no_route_that_nobody_has_thought_of(pages):
    there = {(p.method, p.path): (p.in_english, p.posted_by) for p in pages}
    assert there == {route: (e.in_english, e.posted_by) for route, e in EXPECTED.items()}


def test_answers_nothing_but_its_routes(whole, pages):
    """Starlette's own table: no static files, no documentation, no debugging."""
    site = Site(whole.house)
    try:
        assert not site._starlette.debug
        languages = [("", p) for p in pages] + [("/en", p) for p in pages if p.in_english]
        assert sorted(r.path for r in site._starlette.routes) == sorted(base + p.path for base, p in languages)
    finally:
        site.close()


def test_leads_to_no_page_that_is_not_there(whole):
    """Every link in a mail and on a page works."""
    statuses = {path: whole.ask("GET", path).status for path in whole.found}
    broken = [(path, status, whole.found[path]) for path, status in statuses.items() if path != "/health"
              and status != 200 and not (status == 405 and only_posted(path))]  # fmt: skip
    assert broken == []


def test_changes_nothing_for_a_crawler_that_asks_twice(whole):
    before, seen = whole.site.hash(), 0
    for _ in range(2):
        for path in whole.found:
            for method in SAFE:
                for got in (whole.site.ask(method, path), whole.ask(method, path)):
                    assert got.status < 500 or path == "/health", (method, path)
                    assert "set-cookie" not in got.headers
                    seen += 1
    assert seen > 2 * 3 * 2 * 60
    assert whole.site.hash() == before


def test_says_the_same_to_head_without_saying_it(whole):
    for path in whole.found:
        got, head = whole.site.get(path), whole.site.ask("HEAD", path)
        assert (head.status, head.raw) == (got.status, b""), path
        assert {**got.headers, "date": ""} == {**head.headers, "date": ""}, path


def carried(got: Got, is_public: bool, path: str) -> None:
    """What every answer must have."""
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy, path
    assert "frame-ancestors 'none'" in policy, path
    assert "unsafe-inline" not in policy or "sandbox" in policy, path
    assert "unsafe-eval" not in policy, path
    assert "script-src" not in policy, path
    assert "http" not in policy, path
    assert got.headers["x-content-type-options"] == "nosniff", path
    assert got.headers["referrer-policy"] == "no-referrer", path
    assert got.headers["x-frame-options"] == "DENY", path
    if is_public:
        assert got.headers["cache-control"].startswith("public"), path
        assert "set-cookie" not in got.headers, path
    else:
        assert got.headers["cache-control"] == "no-store", path
        assert "noindex" in got.headers["x-robots-tag"], path
    assert "server" not in got.headers, path
    assert "content-type" in got.headers, path


def test_carries_the_headers_on_every_answer(whole):
    for path in whole.found:
        got = whole.ask("GET", path)
        public = got.status == 200 and EXPECTED[("GET", pattern_of(path) or "/health")].is_public
        carried(got, public, path)
    for path in (
        "/finns-inte",
        "/en/finns-inte",
        "/svara/x",
        "/arkiv/2099-01",
        "/kalender/x.ics",
        "/%00",
        "/%ff",
        "//",
    ):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            got = whole.site.ask(method, path)
            assert got.status in (403, 404, 405), (method, path)
            carried(got, False, path)


def test_lets_nothing_be_done_by_another_method(whole, pages):
    before = whole.site.hash()
    methods = {pattern: {m for m, p in EXPECTED if p == pattern} for _, pattern in EXPECTED}
    for pattern, allowed in methods.items():
        path = whole.path_of(pattern) or re.sub(r"\{[^}]*\}", "x", pattern)
        for method in OTHER_METHODS:
            if method not in allowed:
                assert whole.site.ask(method, path).status in (400, 403, 404, 405), (method, path)
        for override in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            for method in ("POST", "DELETE"):
                got = whole.site.ask("GET", f"{path}?_method={method}", **{override.replace("-", "_"): method})
                assert got.status < 500 or pattern == "/health"
    assert whole.site.hash() == before


FOREIGN = (
    {}, {"Origin": "null"}, {"Origin": f"https://{EVIL}"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "OURS"}, {"Referer": "OURS"}, {"Origin": "OURS.ond.example"},
    {"Origin": "OURS:1"}, {"Origin": "OURS, null"}, {"Origin": f"http://{EVIL}", "Host": EVIL},
    {"Origin": f"http://{EVIL}", "X-Forwarded-Host": EVIL},
)  # fmt: skip


@pytest.mark.parametrize("route", [r for r in EXPECTED if r[0] == "POST"], ids=lambda r: r[1])
def test_takes_no_post_from_the_pages_of_others(whole, route):
    expected, before = EXPECTED[route], whole.site.hash()
    path = whole.path_of(route[1]) or re.sub(r"\{[^}]*\}", "x" * 28, route[1])
    home = f"http://127.0.0.1:{whole.site.port}"
    body = "&".join(f"{k}={quote(v)}" for k, v in expected.form.items()).encode() or b"x=1"
    for headers in FOREIGN:
        sent = {name.replace("-", "_"): value.replace("OURS", home) for name, value in headers.items()}
        got = whole.site.ask("POST", path, body, Content_Type=FORM, **sent)
        if expected.posted_by == "us":
            assert got.status == 403, headers
            assert "set-cookie" not in got.headers
    if expected.posted_by == "us":
        assert whole.site.hash() == before


def tricks(path: str) -> Iterator[str]:
    """The path as a proxy, a cache or a router may read it otherwise."""
    bare, _, _ = path.partition("?")
    first, _, rest = bare.lstrip("/").partition("/")
    yield f"{bare}/"
    yield f"/{bare}"
    yield f"{bare}//"
    yield f"{bare}/."
    yield f"{bare}/%2e"
    yield f"{bare};x=1"
    yield f"{bare}/..;/"
    yield f"{bare}%00"
    yield f"{bare}%0d%0aSet-Cookie:%20a=b"
    yield f"{bare}%20"
    yield f"{bare}.json"
    yield f"/x/..{bare}"
    yield f"/x/%2e%2e{bare}"
    yield f"/./{bare.lstrip('/')}"
    yield f"/%2f{bare.lstrip('/')}"
    if first:
        yield f"/{first.upper()}/{rest}"
        yield f"/{first}//{rest}"
        yield f"/{first}%2f{rest}"
        yield f"/%{ord(first[0]):02x}{first[1:]}/{rest}" if rest else f"/%{ord(first[0]):02x}{first[1:]}"
        yield f"/en/en/{first}/{rest}"


def test_is_led_astray_by_no_trick_of_a_path(whole):
    """A trick leads to the very page or to none; never to an error, to another host, or past a wall."""
    before = whole.site.hash()
    one_of_each = {pattern_of(p): p for p in sorted(whole.found, key=len, reverse=True)}
    for path in one_of_each.values():
        straight = whole.ask("GET", path)
        for trick in tricks(path):
            got = whole.ask("GET", trick)
            if got.status in (200, 503):
                assert got.raw == straight.raw or pattern_of(trick) in ("/", "/en"), trick
            else:
                assert got.status in (400, 403, 404, 405), trick
            assert "location" not in got.headers, trick
            assert "set-cookie" not in got.headers, trick
    assert whole.site.hash() == before


def test_believes_no_host_but_its_own(whole):
    for path in {pattern_of(p): p for p in whole.found}.values():
        straight = whole.ask("GET", path)
        for headers in (
            {"Host": EVIL}, {"Host": f"{EVIL}:80"}, {"X_Forwarded_Host": EVIL}, {"X_Forwarded_Proto": "https"},
            {"Forwarded": f"host={EVIL};proto=https"}, {"X_Original_URL": "/health"}, {"X_Rewrite_URL": "/health"},
            {"X_Forwarded_Prefix": "/ond"}, {"X_Forwarded_For": "<script>"}, {"Accept_Language": "<x>"},
        ):  # fmt: skip
            got = whole.ask("GET", path, **headers)
            assert (got.status, got.raw) == (straight.status, straight.raw), (path, headers)
            assert EVIL not in str(got.headers)


def test_loads_nothing_from_others_and_runs_nothing(whole):
    home = f"http://127.0.0.1:{whole.site.port}"
    for path in whole.found:
        got = whole.ask("GET", path)
        if not is_html(got):
            continue
        text = got.text
        assert not re.search(r"<(script|iframe|object|embed|base|video|audio|link[^>]*stylesheet)\b", text, re.I), path
        assert not re.search(r"\son[a-z]+\s*=", re.sub(r">[^<]*<", "><", text)), path
        loads = re.findall(r'(?:src|srcset|action|poster|background|data)="([^"]+)"', text)
        loads += re.findall(r"url\(([^)]*)\)", text) + re.findall(r"@import", text)
        away = [u for u in loads if re.match(r"(?:[a-z]+:)?//", u) and not u.startswith(home + "/")]
        assert away == [], path


def test_tells_nobody_on_the_list_by_name(whole):
    """A link in a mail shows a masked address and no name; what is public shows nobody."""
    for path in whole.found:
        pattern = pattern_of(path)
        text = whole.site.get(path).raw.decode("utf-8", "replace")
        assert not re.search(r"medlem\d+@", text), path
        if EXPECTED.get(("GET", pattern)) and EXPECTED[("GET", pattern)].who == "all":
            assert CANARY_LAST not in text, path
            assert not re.search(r"/(svara|sluta|oppna|bekrafta)/\w", text), path


def coded() -> list[tuple[str, str]]:
    return [r for r in EXPECTED if re.search(r"\{(code|token)\}", r[1])]


@pytest.mark.parametrize("route", coded(), ids=" ".join)
def test_answers_a_wrong_code_as_if_nothing_were_there(whole, route):
    """Guessed, cut, flipped, of another purpose: the same page, to the byte."""
    method, pattern = route
    real = whole.path_of(re.match(r".*?\{[^}]*\}", pattern)[0])  # type: ignore[index]
    code = real.rpartition("/")[2] or "a" * 28
    wrong = [code[:-1], code[1:], code + "a", "a" * len(code), code[::-1], "x", "%00", quote("å" * 9)]
    wrong += [code[:n] + ("b" if code[n] == "a" else "a") + code[n + 1 :] for n in range(0, len(code), 4)]
    others = {urlsplit(p).path.split("/")[2] for p in whole.found if re.match("/(svara|sluta|oppna|bekrafta)/", p)}
    wrong += sorted(
        others - {code} - {p.split("/")[2] for p in whole.found if p.startswith(f"/{pattern.split('/')[1]}/")}
    )
    answers, before = set(), whole.site.hash()
    for one in wrong:
        path = re.sub(r"\{(code|token)\}", one, pattern)
        path = re.sub(r"\{[^}]*\}", "1", path)
        if method == "GET":
            got = whole.site.get(path)
        elif EXPECTED[route].posted_by == "us":
            got = whole.site.post(path, **EXPECTED[route].form)
        else:
            got = whole.site.ask("POST", path, b"List-Unsubscribe=One-Click", Content_Type=FORM)
        assert one in string.printable or got.status == 404, (one, got.status)
        answers.add((got.status, got.raw, str(sorted(k for k in got.headers))))
    assert len(answers) == 1
    assert whole.site.hash() == before
