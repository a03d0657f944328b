"""Whatever is typed, asked or guessed: no error of ours, no word of anybody, nothing run, and one result for one wish."""

import random
import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, quote_from_bytes, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, func, select

from mailer import codes
from mailer.keys import Keys
from mailer.register.tables import leaves
from mailer.verbs import fresh, joining, wanted
from mailer.web import guard
from tests.homes import address_of
from tests.render.scripts import SCRIPTS
from tests.web import own
from tests.web.expected import EXPECTED
from tests.web.serving import FORM, OURS, Got
from tests.web.whole import CANARY_LAST, Whole, a_whole_home

GUESSES = 100_000
AT_ONCE = 50
CORPUS = (
    *SCRIPTS[:25],
    "' OR '1'='1", "'; DROP TABLE contacts; --", "1 UNION SELECT address FROM contacts", "\" OR \"\"=\"", "1;WAITFOR DELAY '0:0:5'--",
    "{{7*7}}", "{{ self.__init__.__globals__ }}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "%s%s%s%n", "%(name)s", "%(", "%", "{0.__class__}", "{}", "\\x00", "\x00", "\r\nSet-Cookie: a=b", "\r\nBcc: ond@ond.example",
    "../../../../etc/passwd", "..\\..\\", "/etc/passwd\x00.png", "file:///etc/passwd", "//ond.example", "\\\\ond.example", "https://ond.example/@",
    "javascript:alert(1)", "data:text/html,x", "=cmd|' /C calc'!A0", "+1", "@SUM(1)", "-1", "0", "9" * 400, "1e309", "NaN", "-0", "٣", "Ⅷ",
    "\u202e\u2066abc", "\u2028", "a\u0300" * 50, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\ufeff", "å" * 3000, "x" * 30_000,
    "2024-02-30", "0000-00-00", "9999-12-31", "2024-05-04T25:00", "yes", "on", "true", "null", "[]", "a@b", "a@b@c.example",
    "a@ond.example\nBcc: x@ond.example", '"a b"@ond.example', "a@[127.0.0.1]", "<a@ond.example>", "a@xn--.example", "å@ond.example",
)  # fmt: skip
NEVER = ("Traceback", "sqlalchemy", "sqlite3", "psycopg", "jinja2", "site-packages", 'File "', "Internal Server Error")
FINE = {200, 303, 304, 400, 403, 404, 405, 408, 409, 413, 415, 422, 429, 431}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    before, guard.POSTS_A_MINUTE = guard.POSTS_A_MINUTE, 10**9  # type: ignore[misc]
    try:
        with a_whole_home(tmp_path_factory.mktemp("hem")) as opened:
            yield opened
    finally:
        guard.POSTS_A_MINUTE = before  # type: ignore[misc]


def holds(whole: Whole, got: Got, where: str, sent: str = "") -> None:
    """What is true of every answer."""
    assert got.status in FINE or where.startswith("/health"), (where, got.status, sent[:200])
    text = got.raw.decode("utf-8", "replace")
    assert not any(word in text for word in NEVER), (where, sent[:200])
    assert not re.search(r"<(script|img|svg|iframe)[^>]*(alert|onerror|onload|javascript:)", text, re.I), (
        where,
        sent[:200],
    )
    if not where.startswith(("/mina", "/en/mina", "/ring/", "/malet/")):  # a caller sees whom she calls
        assert CANARY_LAST not in text, where
        assert not re.search(r"medlem\d+@", text.replace(sent, "")) or sent in address_of(3), where
    if there := got.headers.get("location"):
        assert re.match(rf"(http://127\.0\.0\.1:{whole.site.port}/|[a-z2-7]+$)", there), (where, there)
    assert "\n" not in str(got.headers.get("set-cookie", ""))


def real_path(whole: Whole, pattern: str) -> str:
    return whole.path_of(pattern) or re.sub(r"\{[^}]*\}", "x" * 22, pattern)


def statements(work) -> int:
    """How many the database is asked while it is done."""
    asked: list[str] = []

    def noted(_connection, _cursor, statement, *_) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", noted)
    try:
        work()
    finally:
        event.remove(Engine, "before_cursor_execute", noted)
    return len(asked)


def test_works_as_much_for_the_unknown_as_for_the_known(whole: Whole):
    """What takes longer tells who is a member. (Medians of a thousand: in the soak.)"""
    known, unknown = address_of(5), "nagon.annan@vallentuna.example"
    for path, more in (("/lank", {}), ("/bli-mottagare", {"list-sympatisorer": "yes", "consent": "yes"})):
        answers = [whole.site.post(path, address=who, **more) for who in (known, unknown)]
        assert len({(a.status, a.raw, a.headers["location"], len(a.headers)) for a in answers}) == 1
        counts = [
            statements(lambda w=who, p=path, m=more: whole.site.post(p, address=w, **m)) for who in (known, unknown)
        ]
        assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("route", [r for r in EXPECTED if r[0] == "GET"], ids=lambda r: r[1])
def test_changes_nothing_and_breaks_on_nothing_whatever_is_asked(whole: Whole, route):
    """Each part of the address, and the questions after it."""
    before, pattern = whole.site.hash(), route[1]
    names = re.findall(r"\{[^}]*\}", pattern)
    for n, value in enumerate(CORPUS[:: 2 if names else 6]):
        path = real_path(whole, pattern)
        if names:
            path = re.sub(r"\{[^}]*\}", lambda _, v=value: quote(v[:2000], safe=""), pattern)  # type: ignore[misc]
        query = urlencode({("gjort", "q", "part1", "_method", "language", "next")[n % 6]: value[:2000]})
        for prefix in ("", "/en"):
            holds(whole, whole.ask("GET", f"{prefix}{path}?{query}"), path, value)
    assert whole.site.hash() == before


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    raw=st.binary(max_size=60), query=st.binary(max_size=60), where=st.sampled_from(sorted({p for _, p in EXPECTED}))
)
def test_stands_any_bytes_in_an_address(whole: Whole, raw: bytes, query: bytes, where: str):
    path = re.sub(r"\{[^}]*\}", lambda _: quote_from_bytes(raw, safe=""), where)
    holds(whole, whole.ask("GET", f"{path}?{quote_from_bytes(query, safe='=&%')}"), path)
    holds(whole, whole.ask("GET", f"{where.partition('{')[0]}{quote_from_bytes(raw, safe='/')}"), path)


LAST = ("/mina/klar", "/mina/radera")  # after these she is gone
POSTED = sorted((r for r in EXPECTED if r[0] == "POST"), key=lambda r: r[1] in LAST)


@pytest.mark.parametrize("route", POSTED, ids=lambda r: r[1])
def test_breaks_on_nothing_that_is_typed(whole: Whole, route):
    form, path = dict(EXPECTED[route].form), real_path(whole, route[1])
    form.pop("sure", None)
    fields = [
        *form,
        "button",
        "address",
        "first_name",
        "text",
        "language",
        "length",
        "day",
        "shown",
        "wish",
        "rest-medlemmar",
    ]
    chance = random.Random(path)
    for value in CORPUS:
        sent = form | {chance.choice(fields): value, chance.choice(fields): chance.choice(CORPUS)}
        if route[1] in LAST[:1] or sent.get("button") == "leave_all":
            sent["button"] = "x"
        body = urlencode({k: v.encode("utf-8", "surrogatepass") for k, v in sent.items()}).encode()
        headers = {"Content_Type": FORM, **OURS, "Cookie": whole.cookie if route[1] not in LAST[:1] else "v=x"}
        if value not in ("yes",):
            holds(whole, whole.site.ask("POST", path, body, **headers), path, value)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=300), where=st.sampled_from([r[1] for r in POSTED if r[1] not in LAST]), kind=st.sampled_from(
    [FORM, f"{FORM}; charset=utf-16", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "application/json", "\xe5"]))  # fmt: skip
def test_stands_any_bytes_in_a_form(whole: Whole, body: bytes, where: str, kind: str):
    path = real_path(whole, where)
    holds(whole, whole.site.ask("POST", path, body, Content_Type=kind, Cookie=whole.cookie, **OURS), path)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(cookie=st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80))
def test_opens_to_no_cookie_that_somebody_has_made(whole: Whole, cookie: str):
    for sent in (cookie, f"v={cookie}", f"v={cookie}; v={cookie}"):
        got = whole.site.ask("GET", "/mina", Cookie=sent.encode("latin-1"))  # type: ignore[arg-type]
        assert got.status in (403, 400)
        assert CANARY_LAST not in got.text


def near_misses(real: str, chance: random.Random) -> Iterator[str]:
    """A real code with one letter changed, lost, doubled, moved."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    while True:
        n = chance.randrange(len(real))
        other = chance.choice(letters.replace(real[n].lower(), ""))
        yield real[:n] + other + real[n + 1 :]
        yield real[:n] + real[n + 1 :]
        yield real[:n] + real[n] + real[n:]
        yield real[: n + 1]
        yield "".join(chance.choices(letters, k=len(real)))


@pytest.mark.parametrize("kind", ["leave", "return", "answer"])
def test_accepts_none_of_a_hundred_thousand_guesses(tmp_path, kind):
    keys = Keys(tmp_path / "keys")
    keys.make_missing()
    people = ["anna@vallentuna.example", "bo@vallentuna.example"]
    made = {
        "leave": lambda n: codes.leave_code(keys, n),
        "return": lambda n: codes.return_tag(keys, n),
        "answer": lambda n: codes.answer_code(keys, n, "ab" * 32, people[n % 2]),
    }
    read = {
        "leave": lambda code: codes.read_leave_code(keys, code),
        "return": lambda code: codes.read_return_tag(keys, code),
        "answer": lambda code: codes.read_answer_code(keys, code, people),
    }[kind]
    chance, own = random.Random(kind), {make(n) for make in made.values() for n in range(1, 200)}
    assert all(read(made[kind](n)) is not None for n in range(1, 20))  # the control
    for other in set(made) - {kind}:
        assert all(read(made[other](n)) is None for n in range(1, 200))
    guesses = (
        g
        for real in iter(lambda: made[kind](chance.randrange(1, 200)), None)
        for g, _ in zip(near_misses(real, chance), range(50), strict=False)
    )
    accepted = [g for g, _ in zip(guesses, range(GUESSES), strict=False) if g not in own and read(g) is not None]
    assert accepted == []


def fresh_link(whole: Whole, pattern: str, person: int = 7) -> str:
    """The path of a link that was mailed just now, past what the pages themselves would take from one network."""
    house = whole.house
    if "oppna" in pattern:
        to = address_of(person)
        wanted.put(house, "link", to, "sv")
    else:
        to = f"ny{person}@nacka.example"
        wanted.put(house, "join", to, "sv", "Kim", ("sympatisorer",))
    while wanted.take(house):
        pass
    (_, _, text) = own.mails(house, to)[-1]
    return own.links_in(text)[0]


def test_accepts_no_guess_of_a_link_that_was_mailed(whole: Whole):
    """Tokens that are kept as hashes: guessed at the function, and some by HTTP."""
    chance = random.Random(1)
    for pattern, find in (("/oppna/{token}", fresh.find), ("/bekrafta/{token}", joining.find)):
        real = fresh_link(whole, pattern).rpartition("/")[2]
        assert find(whole.house, real)
        found = near_misses(real, chance)
        guesses = [next(found) for _ in range(1500)] + [secrets.token_urlsafe(16) for _ in range(500)]
        assert [g for g in guesses if g != real and find(whole.house, g)] == []
        for guess in guesses[:: len(guesses) // 150]:
            path = pattern.partition("{")[0] + quote(guess)
            if guess != real:
                assert whole.site.get(path).status == 404
                assert whole.site.post(path).status == 404


@pytest.mark.soak
def test_takes_as_long_for_the_unknown_as_for_the_known(whole: Whole, capsys):
    import statistics
    import time

    for path, more in (("/lank", {}), ("/bli-mottagare", {"list-sympatisorer": "yes", "consent": "yes"})):
        times: dict[bool, list[float]] = {True: [], False: []}
        for n in range(2000):
            is_known = n % 2 == 0
            who = address_of(1 + n % 12) if is_known else f"okand{n}@vallentuna.example"
            began = time.perf_counter()
            whole.site.post(path, address=who, **more)
            times[is_known].append((time.perf_counter() - began) * 1000)
        medians = {k: statistics.median(v) for k, v in times.items()}
        with capsys.disabled():
            print(f"\n{path}: known {medians[True]:.2f} ms, unknown {medians[False]:.2f} ms")
        assert abs(medians[True] - medians[False]) < 5


def at_once(whole: Whole, path: str, **form: str) -> list[Got]:
    with ThreadPoolExecutor(AT_ONCE) as hands:
        return [f.result() for f in [hands.submit(whole.site.post, path, **form) for _ in range(AT_ONCE)]]


def rows(whole: Whole, table) -> int:
    return whole.house.db.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


def test_makes_one_thing_of_fifty_pushes(whole: Whole):
    """W12, on each page that changes something: in whatever order they come, one result and no error."""
    left = rows(whole, leaves)
    paths = sorted({urlsplit(p).path for p in whole.found if re.fullmatch(r"/sluta/\w+", p)})
    person = whole.house.db.read(lambda c: {r.contact_id for r in c.execute(select(leaves.c.contact_id))})
    for path, form in ((paths[-1], {"button": "leave"}), (f"{paths[-2]}/direkt", {"List-Unsubscribe": "One-Click"})):
        got = at_once(whole, path, **form)
        assert {g.status for g in got} <= {200, 303, 503}
        assert sum(g.status < 400 for g in got) >= 1
    now = whole.house.db.read(lambda c: {r.contact_id for r in c.execute(select(leaves.c.contact_id))})
    assert rows(whole, leaves) - left == len(now - person)
    got = at_once(whole, fresh_link(whole, "/oppna/{token}", 8))
    assert sum("set-cookie" in g.headers for g in got) == 1
    assert {g.status for g in got} <= {303, 404, 503}
