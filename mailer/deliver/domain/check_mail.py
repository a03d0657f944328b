"""Whether the sender's domains exist and can take mail: a bounce that cannot come back is never known of.

Takes   who sends, whoever asks the DNS.
Gives   the findings.
Fails   LaterError when the DNS does not answer.
"""

from mailer.deliver.domain.finding import About, Ask, Finding, Sending, advice, fault

MOST_SERVERS = 10  # that are asked about: somebody may have published a thousand


def check(sending: Sending, ask: Ask, is_aligned: bool) -> list[Finding]:
    """The domain of From, and that of the return address. `is_aligned`: whether they belong together."""
    found = _takes_mail("return", sending.return_domain, "studsar och svar kommer aldrig fram", ask)
    if sending.from_domain != sending.return_domain:
        found += _takes_mail(
            "from", sending.from_domain, "många mottagare avvisar en avsändare som inte kan svaras", ask
        )
    if not is_aligned:
        what = f"returadressens domän hör inte till avsändarens, {sending.from_domain}; SPF räknas då inte för er."
        remedy = f"Ta en return_address under {sending.from_domain}, eller låt signaturen (DKIM) bära."
        found.append((advice if sending.keys else fault)("return", sending.return_domain, what, remedy))
    return found


def _takes_mail(about: About, domain: str, cost: str, ask: Ask) -> list[Finding]:
    if not ask.exists(domain):
        return [fault(about, domain, "domänen finns inte i DNS.", "Se efter stavningen under [sender].")]
    servers = ask.exchanges(domain)
    if not servers and ask.addresses(domain):
        what = "det finns ingen MX-post; mejl lämnas till domänens webbadress, där sällan någon tar emot."
        return [advice(about, domain, what, "Publicera en MX-post som pekar på er e-postserver.")]
    if not servers:
        return [
            fault(
                about, domain, f"det finns ingen MX-post: {cost}.", "Publicera en MX-post som pekar på er e-postserver."
            )
        ]
    if servers == (".",):
        return [
            fault(about, domain, f"domänen säger att den inte tar emot mejl (MX ”.”): {cost}.", "Ta bort den posten.")
        ]
    if not any(ask.addresses(server) for server in servers[:MOST_SERVERS]):
        what = f"MX-posten pekar på {servers[0]}, som inte har någon adress: {cost}."
        return [fault(about, domain, what, "Rätta namnet i MX-posten.")]
    return []
