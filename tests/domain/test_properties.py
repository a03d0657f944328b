"""Whatever somebody has published: the verb answers in words, and asks no more than so much."""

from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailer.deliver.dkim_key import SigningKey
from mailer.deliver.domain.finding import Sending, Server
from mailer.verbs import dns as verb
from tests.deliver.test_dkim_key import RSA

HOME = "vallentuna.example"
SENDING = Sending(HOME, f"studs.{HOME}", (Server("192.0.2.7", False),), (SigningKey("v1", RSA),), "")
NAMES = (
    f"studs.{HOME}",
    f"v1._domainkey.{HOME}",
    f"_dmarc.{HOME}",
    f"_dmarc.studs.{HOME}",
    "_dmarc.example",
    "a.example",
)
WORDS = st.sampled_from(
    "v=spf1 V=SPF1 v=DMARC1; v=DKIM1; include:a.example redirect=a.example a mx ptr exists:%{i}.x a:a.example/24//64 a/² "
    "mx/٣ ip4:192.0.2.0/24 ip6:2001:db8::/129 ip4: include: -all +all ?all all ~ + - : = / ; p=none; p= p=reject sp=none "
    "rua=mailto:x@a.example rua=,,! psd=y psd=n aspf=s t=y k=rsa h=sha1 s=* p=MIIB \x00 å ” %% include:studs."
    f"{HOME} redirect={HOME}".split(" ")
)
TEXTS = st.lists(st.lists(WORDS | st.text(max_size=5), max_size=8).map(" ".join), max_size=3).map(tuple)


@dataclass
class Table:
    """The DNS as a table."""

    texts: dict[str, tuple[str, ...]]
    there: tuple[str, ...]
    asked: list[str] = field(default_factory=list)

    def exists(self, name: str) -> bool:
        return name in self.texts

    def text(self, name: str) -> tuple[str, ...]:
        self.asked.append(name)
        return self.texts.get(name, ())

    def exchanges(self, name: str) -> tuple[str, ...]:
        return self.there

    def addresses(self, name: str) -> tuple[str, ...]:
        return ("192.0.2.7", "2001:db8::7") if name in self.there else ()


class Crowd(Table):
    """A domain with a thousand mail servers, none of which is there."""

    def exchanges(self, name: str) -> tuple[str, ...]:
        return tuple(f"mx{n}.example" for n in range(1000))

    def addresses(self, name: str) -> tuple[str, ...]:
        self.asked.append(name)
        return ()


def test_does_not_ask_about_a_thousand_of_anything() -> None:
    places = ",".join(f"mailto:x@n{n}.example" for n in range(1000))
    ask = Crowd({HOME: (), f"_dmarc.{HOME}": (f"v=DMARC1; p=none; rua={places}",), SENDING.return_domain: ()}, ())
    verb.look(SENDING, ask)
    assert len(ask.asked) < 60


def test_does_not_follow_a_thicket_to_the_end() -> None:
    """Twelve includes, each with twelve of its own, four deep: twenty thousand, each time for each address."""
    words = [" ".join(f"include:n{level}-{n}.example" for n in range(12)) for level in range(5)]
    texts = {f"n{level}-{n}.example": (f"v=spf1 {words[level + 1]} -all",) for level in range(4) for n in range(12)}
    texts |= {f"n4-{n}.example": ("v=spf1 -all",) for n in range(12)}
    ask = Table({**texts, SENDING.return_domain: (f"v=spf1 {words[0]} -all",)}, ())
    seen = verb.look(SENDING, ask)
    assert [f for f in seen.findings if "kostar minst 40 uppslag i DNS; efter 10 ger" in f.problem.what]
    assert len(ask.asked) < 120


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, TEXTS)), st.sampled_from([(), (".",), ("a.example",)]))
@example({f"studs.{HOME}": ("v=spf1 redirect=a.example",), "a.example": ("v=spf1 a/٣ +all",)}, ("a.example",))
@example({f"studs.{HOME}": ("v=spf1 a/٣ +all",)}, ("a.example",))
def test_answers_in_words_whatever_is_published(texts: dict[str, tuple[str, ...]], there: tuple[str, ...]) -> None:
    ask = Table(texts, there)
    seen = verb.look(SENDING, ask)
    assert len(ask.asked) < 600
    assert all(f.problem.where and f.problem.what and f.problem.remedy for f in seen.findings)
    assert [r.about for r in seen.records] == ["spf", "dkim", "dmarc"]
    assert list(verb.lines(seen))
    assert verb.to_json(seen)["ok"] is not bool(seen.faults)
