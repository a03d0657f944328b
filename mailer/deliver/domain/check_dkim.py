"""Whether the public halves of the keys are published as they are, so that receivers believe the signatures.

Takes   who sends, whoever asks the DNS.
Gives   the findings; for each key the record that stands there.
Fails   LaterError when the DNS does not answer.
"""

from mailer.deliver.dkim_key import SigningKey
from mailer.deliver.domain.finding import Ask, Finding, Sending, advice, fault, tags
from mailer.deliver.domain.records import dkim_name

KINDS = ("rsa", "ed25519")


def check(sending: Sending, ask: Ask) -> tuple[dict[str, tuple[str, ...]], list[Finding]]:
    """name -> the texts published there, and the findings for all keys."""
    if not sending.keys:
        what = "tjänsten signerar inte själv ([dkim] är tomt)."
        remedy = (
            "Det är rätt om e-postservern signerar med er domän: skicka ett prov med ”mailer test” och leta efter "
            f"”dkim=pass” och ”{sending.from_domain}” i mejlets fullständiga huvud. Annars: mailer dns --make-keys"
        )
        return {}, [advice("dkim", sending.from_domain, what, remedy)]
    published = {
        name: ask.text(name) for key in sending.keys for name in [dkim_name(key.selector, sending.from_domain)]
    }
    findings = [
        f for key, (name, texts) in zip(sending.keys, published.items(), strict=True) for f in _judge(key, name, texts)
    ]
    return published, findings


def _judge(key: SigningKey, name: str, texts: tuple[str, ...]) -> list[Finding]:
    if not texts:
        what = "nyckeln är inte publicerad; signaturerna går inte att kontrollera."
        return [fault("dkim", name, what, "Lägg in posten ovan i domänens DNS. Det kan ta någon timme innan den syns.")]
    if len(texts) > 1:
        what = f"{len(texts)} poster står under namnet; mottagarna vet inte vilken som gäller."
        return [fault("dkim", name, what, "Ta bort alla utom den ovan.")]
    found = tags(texts[0])
    if why := _mistake(key, found, texts[0]):
        return [fault("dkim", name, *why)]
    if "y" in found.get("t", "").split(":"):
        what = "posten har ”t=y”: mottagarna tar signaturen som ett prov och litar inte på den."
        return [advice("dkim", name, what, "Ta bort t=y när proven är gjorda.")]
    return []


def _mistake(key: SigningKey, found: dict[str, str], text: str) -> tuple[str, str] | None:
    """What makes the receiver's check fail, and the remedy. RFC 6376 section 3.6.1."""
    here = "".join(found.get("p", "").split())
    again = "Ersätt den med posten ovan."
    if "p" not in found or found.get("v", "DKIM1") != "DKIM1":
        return f"posten är ingen DKIM-nyckel: ”{text[:40]}”.", again
    if not here:
        return "nyckeln är återkallad (p= är tomt).", again
    if found.get("k", "rsa").lower() != key.kind:
        return f"posten säger k={found.get('k', 'rsa')}, men nyckeln är {key.kind}.", again
    if here != key.public and key.public.startswith(here):
        what = f"nyckeln är avhuggen: {len(here)} av {len(key.public)} tecken är publicerade."
        return what, "Lägg in hela värdet; en zonfil vill ha det i bitar om högst 255 tecken, som ovan."
    if here != key.public:
        return "en annan nyckel är publicerad än den som signerar.", f"{again} Eller peka key_file på rätt fil."
    if "h" in found and "sha256" not in [h.strip() for h in found["h"].split(":")]:
        return f"posten tillåter bara h={found['h']}; signaturerna är gjorda med sha256.", "Ta bort h= ur posten."
    if "s" in found and not {"*", "email"} & {s.strip() for s in found["s"].split(":")}:
        return f"posten gäller bara tjänsten ”{found['s']}”, inte e-post.", "Ta bort s= ur posten."
    return None
