"""The goal as pictures: every figure in words, nothing by colour alone, nothing that a strict page would stop."""

import re
from datetime import date, timedelta

import pytest
from lxml import etree

from mailer.surveys.goal import charts, day_chart, in_words
from mailer.surveys.goal.charts import Chart, Wave
from mailer.surveys.goal.model import Bar, OnDay, OnPath, Part, Projection, Span, Standing, TooEarly
from mailer.surveys.goal.svg import FILE, PAGE, Canvas, Look
from tests.homes import ROOT
from tests.surveys.goal.stands import CLOSES, OPENS, STORIES, WAVES, Story

CANVASES = {"page": Canvas(), "file": Canvas(FILE, 720.0)}
SVG = "{http://www.w3.org/2000/svg}"


def drawn(story: Story, canvas: Canvas) -> dict[str, Chart]:
    stands = story.standing
    found = {
        "bars": charts.three_bars(stands, canvas, "a"),
        "days": day_chart.by_day(stands, OPENS, CLOSES, story.end, WAVES, canvas, "b"),
        "groups": charts.parts("Svarat i varje grupp", "Av varje grupp:", stands.segments, 50, canvas, "c"),
        "channels": charts.parts("Kanaler", "Genom varje kanal:", stands.channels, None, canvas, "d"),
    }
    assert None not in found.values()
    return found  # type: ignore[return-value]


def every() -> list:
    return [pytest.param(story, canvas, id=f"{name}-{how}") for name, story in STORIES.items() for how, canvas in CANVASES.items()]  # fmt: skip


def words(tree: etree._Element) -> list[str]:
    return [one.text or "" for one in tree.iter(f"{SVG}text")]


@pytest.mark.parametrize(("story", "canvas"), every())
def test_draws_what_a_screen_reader_and_a_strict_page_can_take(story: Story, canvas: Canvas) -> None:
    ids: list[str] = []
    for chart in drawn(story, canvas).values():
        tree = etree.fromstring(chart.svg.encode())
        assert tree.get("role") == "img"
        title, described = tree[0], tree[1]
        assert (title.tag, described.tag) == (f"{SVG}title", f"{SVG}desc")
        assert tree.get("aria-labelledby") == f"{title.get('id')} {described.get('id')}"
        assert (title.text, described.text) == (chart.title, chart.describes)
        ids += [one.get("id") for one in tree.iter() if one.get("id")]
        for one in tree.iter():
            assert etree.QName(one).localname not in ("script", "style", "image", "use", "a", "foreignObject")
            assert "style" not in one.attrib
            assert not any(name.startswith("on") or "href" in name for name in one.attrib)
        assert "url(" not in chart.svg
        assert "nan" not in chart.svg.lower().replace("lanan", "")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", STORIES)
def test_says_every_figure_of_what_it_is(name: str) -> None:
    story = STORIES[name]
    bar = story.standing.whole
    found = drawn(story, Canvas())
    for number in (bar.contacted, bar.reached, bar.answered):
        assert f"{number} av {bar.of} medlemmar, {in_words.rate(number, bar.of)}" in found["bars"].describes
        assert f"{number} av {bar.of}, {in_words.rate(number, bar.of)}" in words(etree.fromstring(found["bars"].svg))
    assert f"har {bar.answered} av {bar.of} medlemmar" in found["days"].describes
    assert f"Målet är {in_words.per_cent(50)}" in found["days"].describes
    for one in in_words.may_be_shown(story.standing.segments):
        assert f"{one.name} {one.bar.answered} av {one.bar.of}" in found["groups"].describes


def test_tells_of_both_ends_in_words_and_in_different_strokes() -> None:
    chart = drawn(STORIES["thirtieth day"], Canvas())["days"]
    said = [key.words for key in chart.keys]
    assert f"Utan fler påminnelser: 38–44{in_words.HARD}% den 30 juni" in said
    assert f"Med resten av planen: 45–55{in_words.HARD}% den 30 juni" in said
    assert f"på 38–44{in_words.HARD}% utan fler påminnelser" in chart.describes
    faces = [one for one in etree.fromstring(chart.svg).iter(f"{SVG}polygon")]
    assert [bool(face.get("stroke-dasharray")) for face in faces] == [True, False]


@pytest.mark.parametrize("name", ["third day", "closed"])
def test_draws_no_end_before_it_can_be_told_nor_when_it_is_there(name: str) -> None:
    chart = drawn(STORIES[name], Canvas())["days"]
    assert "<polygon" not in chart.svg
    assert "slutar" not in chart.title + chart.describes
    assert not any("planen" in key.words for key in chart.keys)


def test_draws_the_fan_along_the_waves_when_they_are_known() -> None:
    story = STORIES["thirtieth day"]
    end = story.end
    assert isinstance(end, Projection)
    way = (
        OnPath(OPENS + timedelta(60), Span(37, 40, 43), Span(40, 44, 48)),
        OnPath(CLOSES, end.without, end.with_plan),
    )
    chart = day_chart.by_day(story.standing, OPENS, CLOSES, end, WAVES, Canvas(), "b", way)
    planned, _ = (face.get("points").split() for face in etree.fromstring(chart.svg).iter(f"{SVG}polygon"))
    points = [tuple(map(float, point.split(","))) for point in planned]
    assert [at for at, _ in points] == pytest.approx(
        [1000 * 30 / 103, 1000 * 61 / 103, 1000, 1000, 1000 * 61 / 103], abs=1
    )
    assert [1000 - down for _, down in points[1:3]] == pytest.approx([400 / 0.6, 10 * end.with_plan.low / 0.6], abs=1)


def test_draws_the_fan_from_today_to_the_closing_day() -> None:
    story = STORIES["thirtieth day"]
    end = story.end
    assert isinstance(end, Projection)
    tree = etree.fromstring(drawn(story, Canvas())["days"].svg)
    planned, _ = (face.get("points").split() for face in tree.iter(f"{SVG}polygon"))
    (today, now), (low, at_low), (high, at_high) = (map(float, point.split(",")) for point in planned)
    top = 60
    assert today == pytest.approx(1000 * 30 / 103, abs=1)
    assert now == pytest.approx(1000 * (1 - 100 * 72 / 210 / top), abs=1)
    assert (low, high) == (1000, 1000)
    assert at_low == pytest.approx(1000 * (1 - end.with_plan.low / top), abs=1)
    assert at_high == pytest.approx(1000 * (1 - end.with_plan.high / top), abs=1)


def test_draws_a_line_that_ends_where_it_stands() -> None:
    for name, story in STORIES.items():
        tree = etree.fromstring(drawn(story, Canvas())["days"].svg)
        line = next(one for one in tree.iter(f"{SVG}polyline") if one.get("stroke-width") == "3")
        bar, places = story.standing.whole, [tuple(map(float, one.split(","))) for one in line.get("points").split()]
        assert places[0] == (0, 1000)
        assert places == sorted(places, key=lambda place: (place[0], -place[1]))
        top = 70 if name == "reached" else 60  # it may end at 61.9 %
        assert places[-1][1] == pytest.approx(1000 * (1 - 100 * bar.answered / bar.of / top), abs=1)


def test_fills_each_bar_as_far_as_its_share_and_draws_the_goal_through_the_answered_one() -> None:
    story = STORIES["thirtieth day"]
    bar = story.standing.whole
    tree = etree.fromstring(drawn(story, Canvas())["bars"].svg)
    wide = [one.get("width") for one in tree.iter(f"{SVG}rect") if one.get("fill") != "none"]
    shares = [
        f"{100 * n / bar.of:.2f}".rstrip("0").rstrip(".") + "%" for n in (bar.contacted, bar.reached, bar.answered)
    ]
    assert wide == shares
    assert {one.get("x1") for one in tree.iter(f"{SVG}line")} == {"50%"}


def test_numbers_the_steps_and_says_what_they_are() -> None:
    chart = drawn(STORIES["thirtieth day"], Canvas())["days"]
    said = [key.words for key in chart.keys if not key.stroke]
    assert said[0] == "1. 20 mars: Inbjudan (mejl) och Inbjudan per brev (brev)"
    assert [line.partition(".")[0] for line in said] == [str(n) for n in range(1, 8)]
    assert [one for one in words(etree.fromstring(chart.svg)) if one.isdigit()] == [str(n) for n in range(1, 8)]


def test_puts_no_number_upon_another() -> None:
    waves = tuple(Wave(OPENS + timedelta(n), f"Steg {n}", "mejl") for n in range(0, 30, 2))
    story = STORIES["thirtieth day"]
    chart = day_chart.by_day(story.standing, OPENS, CLOSES, story.end, waves)
    places = [
        (float(one.get("x").rstrip("%")), one.get("y"))
        for one in etree.fromstring(chart.svg).iter(f"{SVG}text")
        if (one.text or "").isdigit()
    ]
    assert len(places) == len(waves)
    near = [(a, b) for n, a in enumerate(places) for b in places[:n] if a[1] == b[1] and abs(a[0] - b[0]) < 5.5]
    assert near == []


def test_shows_no_group_in_which_a_person_could_be_seen() -> None:
    shown = in_words.may_be_shown((Part("a", "Fyra", Bar(4, 4, 4, 4)), Part("b", "Fem", Bar(5, 5, 1, 1))))
    assert [one.name for one in shown] == ["Fem"]
    chart = drawn(STORIES["thirtieth day"], Canvas())["groups"]
    assert "Kårsta" not in chart.svg
    assert charts.parts("Grupper", "Av:", STORIES["third day"].standing.segments[2:3], 50) is None


def test_runs_nothing_that_stands_in_a_name() -> None:
    chart = drawn(STORIES["thirtieth day"], Canvas())["groups"]
    assert "Vallentuna &lt;tätort&gt; &amp; omnejd" in chart.svg
    wave = Wave(OPENS, "</desc><script>alert(1)</script>", "mejl")
    story = STORIES["thirtieth day"]
    assert "<script" not in day_chart.by_day(story.standing, OPENS, CLOSES, story.end, (wave,)).svg


NOTHING = Standing(OPENS, Bar(0, 0, 0, 0), 50, (), (), (), 0, (), ())
ODD = {
    "nobody": (NOTHING, TooEarly("days")),
    "one day": (Standing(OPENS, Bar(1, 1, 1, 1), 100, (), (), (OnDay(OPENS, 1, 1, 1),), 0, (), ()), TooEarly("days")),
    "all": (Standing(CLOSES, Bar(9, 9, 9, 9), 1, (), (), (OnDay(CLOSES, 9, 9, 9),), 0, (), ()), TooEarly("over")),
    "before": (Standing(date(2024, 1, 1), Bar(9, 0, 0, 0), 50, (), (), (), 9, (), ()), TooEarly("days")),
    "certain": (NOTHING, Projection(Span(100, 100, 100), Span(100, 100, 100), 0, None, False)),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_draws_the_odd_cases_too(name: str) -> None:
    standing, end = ODD[name]
    for canvas in CANVASES.values():
        for chart in (charts.three_bars(standing, canvas), day_chart.by_day(standing, OPENS, CLOSES, end, (), canvas)):
            tree = etree.fromstring(chart.svg)
            for one in tree.iter():
                for attribute in ("x", "x1", "x2", "cx", "width"):
                    value = one.get(attribute, "0")
                    if value.endswith("%"):
                        assert -3 <= float(value[:-1]) <= 103


@pytest.mark.parametrize(
    ("part", "of", "said"),
    [(0, 0, "–"), (0, 9, "0 %"), (1, 900, "1 %"), (899, 900, "99 %"), (900, 900, "100 %"), (133, 400, "33 %")],
)
def test_rounds_nobody_away_and_nobody_in(part: int, of: int, said: str) -> None:
    assert in_words.rate(part, of).replace(in_words.HARD, " ") == said


@pytest.mark.parametrize(
    ("low", "high", "said"), [(37.6, 44.4, "38–44 %"), (44.8, 45.2, "45 %"), (0, 0, "0 %"), (99.7, 100, "100 %")]
)
def test_writes_a_span_as_people_do(low: float, high: float, said: str) -> None:
    assert in_words.span(low, high).replace(in_words.HARD, " ") == said


def test_writes_decimals_with_a_comma_and_thousands_apart() -> None:
    assert in_words.per_cent(33.25, 1) in (f"33,2{in_words.HARD}%", f"33,3{in_words.HARD}%")
    assert in_words.of(1133, 3400) == "1\u00a0133 av 3\u00a0400"


def light(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    first, second = sorted((light(one), light(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def looks() -> list:
    """The page's colours as its style has them: light, dark, on paper; and the file's."""
    style = (ROOT / "templates" / "pages" / "style.css.j2").read_text("utf-8")
    found = []
    for block in re.findall(r":root \{([^}]*)\}", style):
        colours = dict(re.findall(r"--(\w+): (#\w{6})", block))
        found.append(Look(*(colours[re.sub(r"var\(--|\)", "", name)] for name in
                            (PAGE.ink, PAGE.soft, PAGE.edge, PAGE.mark, PAGE.ground))))  # fmt: skip
    assert len(found) == 3
    return [*found, FILE]


@pytest.mark.parametrize("look", looks(), ids=["light", "dark", "paper", "file"])
def test_stands_out_from_its_ground(look: Look) -> None:
    assert min(contrast(one, look.ground) for one in (look.ink, look.soft)) >= 4.5
    assert min(contrast(one, look.ground) for one in (look.edge, look.mark)) >= 3


def test_keeps_a_page_small() -> None:
    """A survey of half a year, every day another figure."""
    days = tuple(OnDay(OPENS + timedelta(n), 200, 100 + n, n) for n in range(183))
    standing = Standing(days[-1].day, Bar(400, 200, 282, 182), 50, (), (), days, 0, (), ())
    chart = day_chart.by_day(standing, OPENS, OPENS + timedelta(182), TooEarly("over"), WAVES)
    assert len(chart.svg) < 8000


def test_is_one_picture_in_a_file_of_its_own() -> None:
    """Fixed size, colours written out: for programs that know neither em nor variables."""
    for chart in drawn(STORIES["thirtieth day"], CANVASES["file"]).values():
        assert "var(" not in chart.svg
        assert "em" not in re.sub(r">[^<]*<", "><", chart.svg).replace('font-size="0.9em"', "")
        assert 'width="720"' in chart.svg
        tree = etree.fromstring(chart.svg)
        assert tree.get("viewBox", "").startswith("0 0 720 ")
