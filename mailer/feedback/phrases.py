"""What mail servers say when they do not take a mail: the words by which we know whose fault it is.

Takes   a diagnostic or the text of a report.
Gives   ours, soft or hard, and the words that said so.
Fails   never: without a known phrase it is None.

Ours first, then soft, then hard: a report that says two things is held against the member last. Addresses, links and
host names are taken out first: ”spam” in a link says nothing.
"""

import re

from mailer.feedback.meaning import Hardness

_NAMES = re.compile(
    r"(?i)https?:/*\S+|www\.\S+|[^\s<>(){}\[\]:;,\"']+@[^\s<>(){}:;,\"']+|\[?\d{1,3}(?:\.\d{1,3}){3}\]?"
)
_REPLY = re.compile(r"(?<![\w.])[45]\d\d(?:-|\s+|$)(?:[45](?:\.\d{1,3}){2}\s+)?")  # at each line of a long reply
_SPACE = re.compile(r"(?:[\s\"*`´_()]|(?<!\w)'|'(?!\w))+")

# About us: our server, our name, our words. Says nothing about the member.
_OURS = r"""
    \bspam | \bbulk (?:e-?)?mail | - bulk\b | as bulk\b | mass mail | junk ?mail
  | unsolicited | \bube\b | \buce\b | uribl | surbl | \brbl\b | dnsbl | black[- ]?list | block[- ]?list | spamliste


  | (?:is|are|been|was|were|you) (?:currently |temporarily |permanently )?(?:blocked|block listed|listed (?:in|on|at
    |by))
  | blocked (?:using|by|due|for|because|at|from|senders?|until|-) | client host .{0,80}(?:blocked|rejected)
  | \bblocked\W*$


  | sender (?:address |domain |e-?mail )?(?:is )?(?:was )?(?:rejected|denied|blocked|refused|verify failed
    |not (?:allowed|accepted|valid))
  | (?:sender|mail ?from|\bfrom:?|return|originator)(?:'s)?[ ]
    (?:address|domain|e-?mail(?: address)?|path)\b.{0,60}?(?:(?:n't|not) (?:exist|found|resolv\w+|be found)|invalid)
  | domain of (?:the )?sender
  | (?:invalid|unknown|bad|unrout\w+|unverif\w+|unresolv\w+) (?:sender|from|originator)\b | sender frequency
  | (?:unknown|invalid|bad|unresolvable) (?:client|sending|connecting|remote) (?:host|ip|server) | invalid ip\b
  | sending address not accepted | sender policy framework | \bspf\b | \bdkim\b | \bdmarc\b | \bmta-sts\b
  | unauthenticated
  | authentication (?:is )?(?:required|failed|checks?) | not authori[sz]ed | unauthori[sz]ed
  | authori[sz]ation required | smtp auth\w* | (?:failed to|without|incorrect|invalid) authenticat\w+
  | starttls | requires? (?:encryption|tls|high-strength) | host network,? (?:is )?not allowed | connection denied
  | relay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|not (?:allowed|permitted))  | unable to relay
  | not (?:be )?relay | cannot relay
  | use (?:me|us|this server) .{0,60}as a relay | no relaying | relaying mail to | not permitted to relay
  | rcpthosts | relay not permitted
  | not allowed to send | not (?:allowed|permitted) to (?:use|post|deliver) | policy | policies | against our
  | content (?:filter|reject|rejected|refused)
  | message (?:content )?(?:was )?(?:rejected|refused|denied)(?!.{0,60}(?:size|unknown))
  | content (?:not (?:accepted|allowed)|denied) | improperly[- ]formatted | duplicate header | rfc ?\d+ compliant
  | reputation | poor (?:sender )?score | \bscor(?:e|ed|ing)\b | suspicious | suspected | phish | malware
  | virus (?:found|detected|infected)
  | infected with | contains? (?:a )?virus | heuristic | blocked (?:attachment|content)
  | rate limit | too many (?:messages|connections|recipients|mails|e-?mails|emails) (?:from|sent|per|in|by|this|today)
  | sent (?:to )?too (?:many|much)
  | sending (?:limit|quota|rate)


  | (?:hourly|daily|max(?:imum)?) (?:e-?mails? )?(?:sending )?(?:limit|quota) .{0,20}(?:sen[dt]|outgoing|exceeded by)
  | exceeded .{0,30}sending
  | (?:relay|outbound|outgoing) (?:quota|limit) | throttl | frequency (?:of .{0,40})?(?:is )?limited
  | rate (?:is )?limited
  | unusual rate | too fast | deferred due to (?:user complaints|unexpected volume)
  | white ?list | requires? confirmation | not accepting (?:mail|messages) (?:from|with)
  | does not accept (?:mail|messages) from | only accepts? (?:mail|messages) from
  | (?:refused|rejected|blocked|denied) by (?:the )?(?:recipients?|users?|addressee)\b | \buser reject(?:ed)?\b
  | refuses? (?:to accept )?(?:your|this|the) (?:e-?)?(?:mail|message) | envelope recipient has been denied
  | recipient(?:'s|s)? .{0,30}(?:reject|block)(?:s|ed) (?:your|this|the sender)
  | reverse dns | \bptr\b | \brdns\b | (?:invalid|bad|need|your|rejected) (?:e?helo|helo)\b | helo command rejected
  | you are not (?:allowed|welcome) | banned | dynamic ip | no resent-from
  | your (?:ip|hosts?|hostname|server|mail ?server|network|domain|provider)\b | similar to spam | friend.?rule
  | bad reputation | access denied.{0,40}(?:banned|your ip)
  | ip (?:address )?.{0,30}(?:denied|rejected|not allowed)
  | svartlist | skräppost | räknas som skräp | spärrad avsändare | avsändaren .{0,20}(?:spärr|block)
  | unerwünscht | gesperrte?r? absender | courrier indésirable | correo no deseado | indesiderat
"""
# About the mailbox at this moment, or about the way there.
_SOFT = r"""
    (?:over|out of|above|exceed\w*|exceeding|full|reached) (?:\w+ ){0,4}(?:disk |disc |storage |mail |mailbox )?
    (?:quota|limit\b)
  | over ?quota | quota (?:is )?(?:full|exceed|violation|limit|reached|überschritten)

  | (?:disk|disc|storage|mailbox|account|inbox|user)(?:'s)? (?:quota|space|size limit|storage)? ?(?:is )?(?:exceed
    |full|over|not enough)
  | receiving (?:e-?)?mail (?:at a rate|too (?:quickly|fast|often)) | archived recipient
  | mail ?box (?:is |was )?(?:too )?full | (?:mail ?)?folder (?:is )?full | box (?:is )?full
  | full mail ?box | insufficient (?:disk |system |mail )?(?:space|storage|resources)
  | not enough (?:\w+ ){0,3}(?:space|storage) | no space left | space not enough | out of (?:space|storage)
  | too many mess\w+ (?:on|in|for) | too much mail | has too (?:many|much) | mailbox size limit | zuviele mails
  | postfach .{0,20}voll | voll\w* postfach | boîte .{0,30}pleine | (?:buzón|casilla) .{0,20}llen[oa] | cheia
  | casella .{0,20}piena
  | (?:brevlåda|inkorg|postlåda|mail ?box)\w* (?:är |har )?(?:\w+ )?(?:full|överfull|slut på)
  | utrymme\w* .{0,30}(?:slut|fullt|överskrid) | kvot\w* .{0,30}(?:överskrid|slut|full|nådd)
  | too (?:large|big|long)\b | larger than | size limit | exceeds? (?:\w+ ){0,4}(?:size|limit)
  | exceeded (?:\w+ ){0,3}message size | max(?:imum)? message size | message size | för stort
  | try again | try later | retry|please resend | temporar\w* | tillfällig\w* | försök igen | später | plus tard
  | vorübergehend | temporaneamente | momentan\w*
  | time[d-]? ?out | connection (?:was )?(?:refused|reset|lost|closed|dropped|timed)
  | (?:could not|cannot|can't|unable to|wasn't able to) (?:connect|establish|contact|reach)
  | no (?:answer|response|route) | socket error | not accept (?:our|any) (?:request|connection|more)
  | not respond(?:ing|ed)? | network (?:is )?(?:unreachable|error)
  | unreachable | in the queue too long | queue (?:too long|time|period)
  | (?:delivery )?(?:time|retry time|lifetime) (?:has )?expired | expired | maximum delivery attempts
  | failing for a long time | undelivered for | retry timeout | giving up after
  | \bbusy\b | overload | unavailable or busy | greylist | grey list | graylist | local (?:configuration )?error
  | configuration error | resources? (?:temporarily )?un
  | too many hops | hop count | mail loop | could not find a gateway | loops? back | loop(?:ing)? detected
  | routing loop | forwarding loop | message looping | malformed or unexpected name server | server failure
  | servfail
  | not been collected | has not collected | suspend\w* | frozen
  | service (?:is )?(?:currently )?(?:unavailable|not available) | not currently available
  | system (?:not|error|is down)
  | command (?:died|output|failed|time) | internal (?:server )?error | i/o error | input/output | read error
  | write error | error writing | encountered an error | child status
"""
# The mailbox, or its domain, is not there.
_HARD = r"""
    <who>s? <between>(?:is |was |are |does |do |has |have |could |can )?(?:currently )?(?:not|n't|cannot) (?:be )?
    (?:\w+ )?
    (?:found|known|exist\w*|recogni[sz]ed|valid|listed|active|registered|present|ok\b)
  | <who> (?:is )?not (?:local|here|available|on (?:this|the) (?:server|system)|in (?:our|the) \w+)
  | \b<gone> (?:or \w+ )?<between>(?:<who>s?|local[- ]?part|final delivery userid|destination|name here)
  | <who> ?(?:\w+ )?(?:is |was |are |were |has been |name |or domain |address )*
    (?:unknown|invalid|inactive|disabled|deactivated|discontinued|closed|deleted|removed|terminated|obsolete|unavailable
    |moved|wrong|cancel+ed|no longer)
  | (?:doesn.?t|does not|do not|don.?t|did not) (?:\w+ )?(?:exist|have (?:an? )?(?:[\w.-]+ ){0,3}account)
  | not (?:exactly )?match an? (?:\w+ )?<who>
  | no (?:<who>|e-?mail account) (?:\w+ ){0,3}(?:here|by that name|found|with|available|at this|exists?|named)
  | no <who> found | no ?(?:one|body) (?:at|by|with) (?:this|that)
  | no \S+ in (?:the )?(?:name|user|address) directory
  | recip\w* ?not ?found | e-?mail (?:name|address) (?:is |was )?not found | ^\W{0,4}not found\b
  | not (?:a|an|our|a known|a valid) (?:\w+ )?(?:customer|subscriber|<who>)
  | not (?:known|valid|local|active|existing|registered|real) <who>
  | not listed in (?:domino|the|our|public) | not our customer | not e-?mail users | unknown or illegal

  | no longer (?:on (?:the |this )?server|at|valid|in use|available|active|exists?|works?|with|here|used|accepts? mail)
  | <who> (?:\w+ )?has (?:left|moved|been (?:disabled|deleted|closed|discontinued|removed|deactivated|terminated))
  | disabled or discontinued | <who> (?:\w+ ){0,6}is (?:disabled|deactivated|inactive|discontinued|closed)
  | mailbox (?:is )?(?:not available|unavailable)
  | bad.?rcpt.?to | bad.?recipient | bad destination | user unk | unk user | user_unknown | no matches to nameserver
  | not have a final e-?mail delivery point | addressee unknown
  | (?:isn't|is not|not) in (?:my|our|the) (?:control|list of|user|local|valid) | unknown (?:in|at)
  | recipient rejected
  | recipient address rejected | no valid recipients | does not like recipient
  | could not be found (?:at|in|on|or) | couldn't be found | wasn.t found
  | n'existe pas | inconnue? | non recensé | introuvable
  | unbekannt\w* | existiert nicht | nicht (?:vorhanden|gefunden|bekannt) | kein\w* (?:benutzer|postfach|empfänger)
  | kennen wir nicht | no existe | desconocido | inesistente | nessun utente | sconosciut\w* | non esiste | não existe
  | nie istnieje | niedostępne | niedostepne | konto niedost | ei ole olemassa | tuntematon
  | findes ikke | finnes ikke | ukendt | ukjent | не существует | не найден | недоступен
  | gozonzimasen | sonzai shima | imasen
  | リストにありません | 存在しません | 見つかりません | 宛先不明 | 不存在 | 查无此
  | (?:finns|existerar) (?:inte|ej)\b | (?:hittades|hittas|hitta) (?:inte|ej)
  | (?:gick|går|kunde) (?:inte|ej) (?:att )?hitta\w* | okänd (?:mottagare|användare|adress|brevlåda|postlåda)
  | mottagaren är okänd | ogiltig (?:mottagar|adress|e-post)\w*
  | (?:kontot|adressen|brevlådan|postlådan) (?:är|har)[ ]
    (?:avstäng[dt]|avslutad|avslutats?|borttag\w*|stängts?|spärrad|upphört|inte längre)
  | upphört | används inte längre | slutat här | saknar brevlåda
  | (?:no such|unknown|non-?existent|invalid|bad|illegal) (?:\w+ )?(?:domain|host)\w*\b
  | (?:domain|host)(?: name)? (?:\w+ )?(?:name )?
    (?:does not exist|not found|doesn't exist|unknown|invalid|could not be found|is not valid)
  | name or service not known | nxdomain | domain has (?:no|been) | no mx | null ?mx | does not accept mail
  | nodename nor servname | unrouteable mail domain | domänen finns inte
"""
# Of the sender's side a report says the same, and it means us.
_PARTS = {
    "<who>": "(?:user|recipient|account|mailbox|mail ?box|address(?:ee|es)?|userid|rcpt|username|person|adressat)",
    "<gone>": r"(?:unknown|no such|invalid|non-?exist\w+|bad|illegal|unrouteable|unroutable|undeliverable|inactive"
    "|disabled|deactivated|obsolete|closed|expired)",
    "<between>": r"(?:(?!server|host|quota|sender|return|from|helo|reverse|client|ip)[\w-]+ ){0,3}?",
}


def _compiled(words: str) -> re.Pattern[str]:
    """One pattern. ” | ” stands between wordings; a line that does not begin with it goes on where the last ended."""
    pattern = "".join(f" {line}" if line.startswith("| ") else line for line in map(str.strip, words.splitlines()))
    pattern = re.sub(r" +\| ", "|", pattern)
    for name, part in _PARTS.items():
        pattern = pattern.replace(name, part)
    return re.compile(pattern)


_ORDER = (
    (Hardness.ours, _compiled(_OURS)),
    (Hardness.soft, _compiled(_SOFT)),
    (Hardness.hard, _compiled(_HARD)),
)
_WORD = re.compile(r"\w*")
MOST = 4_000  # characters looked at


def plain(text: str) -> str:
    """The text in lower case, on one line, without addresses, links, quotes and reply codes."""
    return _SPACE.sub(" ", _REPLY.sub(" ", _NAMES.sub(" ", text[:MOST].replace("’", "'")))).lower().strip()


def meant(text: str) -> tuple[Hardness, str] | None:
    """Whose fault the words say it is, and the words."""
    line = plain(text)
    for hardness, pattern in _ORDER:
        if found := pattern.search(line):
            return hardness, (found[0] + _WORD.match(line, found.end())[0]).strip()[:80]  # type: ignore[index]
    return None
