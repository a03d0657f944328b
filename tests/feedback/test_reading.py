"""One mail that came back: what the house says it is, whom it is about, and whose fault."""

import pytest

from mailer import codes
from mailer.feedback.reading import Hardness, Kind, read
from mailer.keys import Keys
from tests.feedback.mails import DELIVERY, OURS, RETURN, arf, dsn, mail, report, to


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    made = Keys(tmp_path_factory.mktemp("nycklar"))
    made.make_missing()
    return made


def reading(raw, keys):
    return read(raw, keys, RETURN, OURS)


DAEMON = {"From": "MAILER-DAEMON@mx.leverantor.example", "Return-Path": "<>", "Subject": "failure notice"}
ASA = {"From": "Åsa Öberg <asa@vallentuna.example>", "Subject": "Sv: V Aktuellt maj 2024"}
AWAY = {"From": "Åsa Öberg <asa@vallentuna.example>"}

DSNS = [
    # Postfix at Bahnhof, Loopia and One.com; Exim; Microsoft 365; iCloud; Gmail; Telia
    ("5.1.1", "550 5.1.1 <asa@vallentuna.example>: Recipient address rejected: User unknown in virtual mailbox table", "hard"),
    ("5.0.0", "550 Mottagaren finns inte", "hard"),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "hard"),
    ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. [AMS0EPF.eop.example]", "hard"),
    ("5.1.1", "550 5.1.1 <asa@vallentuna.example>: user does not exist", "hard"),
    ("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking", "hard"),
    ("5.2.1", "550 5.2.1 The email account that you tried to reach is inactive.", "hard"),
    ("5.4.4", "Host or domain name not found. Name service error for name=vallentuna.example type=MX: Host not found", "hard"),
    ("5.4.310", "550 5.4.310 DNS domain vallentuna.example does not exist", "hard"),
    ("5.7.1", "550 5.7.1 No such user", "hard"),
    ("5.0.0", "550 Kontot är avslutat", "hard"),
    ("5.2.2", "552 5.2.2 <asa@vallentuna.example>: Recipient's mailbox is full", "soft"),
    ("5.2.2", "552 5.2.2 Mailbox size limit exceeded. Brevlådan är full", "soft"),
    ("5.1.1", "552 Brevlådan är full, user over quota", "soft"),
    ("5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "soft"),
    ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", "soft"),
    ("4.4.7", "550 4.4.7 QUEUE.Expired; message expired", "soft"),
    ("4.2.2", "452 4.2.2 The email account that you tried to reach is over quota", "soft"),
    ("4.1.1", "450 4.1.1 User unknown in local recipient table", "soft"),
    ("4.4.1", "connect to mx.vallentuna.example[192.0.2.7]:25: Connection timed out", "soft"),
    ("5.4.6", "554 5.4.14 Hop count exceeded - possible mail loop", "soft"),
    ("5.0.0", "554 delivery error: dd", "soft"),
    ("5.0.0", "", "soft"),
    ("5.7.1", "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.dnsbl.example", "ours"),
    ("5.7.26", "550-5.7.26 This mail is unauthenticated, which poses a security risk", "ours"),
    ("5.7.509", "550 5.7.509 Access denied, sending domain does not pass DMARC verification", "ours"),
    ("5.7.606", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "ours"),
    ("5.0.0", "554 <studs@v-aktuellt.example.se>: Relay access denied", "ours"),
    ("5.0.0", "550 Ditt mejl räknas som skräppost", "ours"),
    ("5.1.8", "550 5.1.8 Access denied, bad outbound sender", "ours"),
    ("4.7.28", "421 4.7.28 Gmail has detected an unusual rate of mail originating from your IP address", "ours"),
    ("5.0.0", "550 5.0.0 daily sending quota exceeded", "ours"),
    ("5.1.1", "553 Sender Policy Framework (SPF) fail", "ours"),
    ("5.3.0", "553 5.3.0 <asa@vallentuna.example>... Unknown E-Mail Address", "hard"),
    ("5.4.4", "550 Illegal host/domain name found", "hard"),
    ("5.1.7", "550 5.1.7 No such domain v-aktuellt.example.se", "ours"),
    ("5.0.0", "550 The recipient server did not accept our requests to connect", "soft"),
    ("5.0.0", "550 This user doesn't have a posten.example account", "hard"),
    ("5.0.0", "550 cannot open mailbox, try again", "soft"),
    ("5.0.0", "450 Requested action not taken: mailbox unavailable", "soft"),
    # The words are the same as of a member who is gone; the subject of the sentence is ours
    ("5.1.1", "550 5.1.1 <asa@vallentuna.example> - 192.0.2.7 has sent to too many recipients this hour", "ours"),
    ("5.0.0", "550 Domain of sender address studs@v-aktuellt.example.se does not exist", "ours"),
    ("5.0.0", "550 The sender domain could not be found: sender domain does not resolve", "ours"),
    ("5.2.0", "550 5.2.0 From: Domain is invalid. Please provide a valid From:", "ours"),
    ("5.0.0", "550 Unroutable sender address", "ours"),
    ("5.0.0", "554 Unknown client host [192.0.2.7]", "ours"),
    ("5.0.0", "554 Host network not allowed", "ours"),
    ("5.0.0", "550-Please turn on authentication. 550-mx.example [192.0.2.7] is not permitted to 550 relay here", "ours"),
    ("5.0.0", "550 mailbox unavailable: the frequency of receiving messages is limited", "ours"),
    ("5.1.2", "550 5.1.2 User reject", "ours"),
    ("5.2.1", "550-5.2.1 The user you are trying to contact is receiving mail at a rate that 550-5.2.1 prevents", "soft"),
    ("5.0.0", "550 Address not present in directory", "hard"),
    ("5.0.0", "550 user (asa) unknown", "hard"),
    ("5.0.0", "550 unknown local-part asa in domain vallentuna.example", "hard"),
    ("5.0.0", "550 There is no one at this address", "hard"),
    ("5.0.0", "550 <asa@vallentuna.example> not found", "hard"),
    ("5.0.0", "550-5.1.1 The address you wrote to is 550-5.1.1 unknown here", "hard"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "diagnostic", "hardness"), DSNS, ids=[d[1][:40] or d[0] for d in DSNS])
def test_says_whose_fault_a_bounce_is(keys, status, diagnostic, hardness):
    found = reading(dsn(keys, status, diagnostic), keys)
    assert (found.kind, found.delivery, found.hardness) == (Kind.bounce, DELIVERY, hardness)
    assert found.address == "asa@vallentuna.example"


PLAIN = [
    (DAEMON, "Hi. This is the qmail-send program at mx.loopia.example.\nI'm afraid I wasn't able to deliver your message.\n\n"
             "<asa@vallentuna.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n",
     Hardness.hard),
    (DAEMON, "Ditt mejl kunde inte levereras.\n\n<asa@vallentuna.example>:\nMottagarens inkorg är full\n", Hardness.soft),
    ({"From": "Postmaster <postmaster@telia.example>", "Subject": "Olevererat: V Aktuellt"},
     "Meddelandet gick inte att leverera till asa@vallentuna.example.\nOrsak: okänd mottagare\n", Hardness.hard),
    ({"From": "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@kommun.example>",
      "Subject": "Kan inte levereras: V Aktuellt maj 2024"},
     "Leveransen till dessa mottagare eller grupper misslyckades:\n\nasa@vallentuna.example\n"
     "E-postadressen som du angav gick inte att hitta. Kontrollera mottagarens e-postadress.\n\n"
     "Diagnostikinformation för administratörer:\n#550 5.1.10 RESOLVER.ADR.RecipientNotFound ##\n", Hardness.hard),
    ({"From": "Mail Delivery System <Mailer-Daemon@one.example>", "X-Failed-Recipients": "asa@vallentuna.example",
      "Subject": "Mail delivery failed: returning message to sender", "Auto-Submitted": "auto-replied"},
     "A message that you sent could not be delivered.\n\n  asa@vallentuna.example\n    host mx.one.example [192.0.2.3]\n"
     "    SMTP error from remote mail server after RCPT TO:<asa@vallentuna.example>:\n    550 5.1.1 unknown user\n", Hardness.hard),
    ({"From": "E-postsystemet <noreply@bahnhof.example>", "Return-Path": "<>", "Subject": "Leveransfel"},
     "Ditt meddelande har inte levererats.\nOrsak: Mottagarens brevlåda är full\n", Hardness.soft),
    (DAEMON, "Your message was not delivered to asa@vallentuna.example.\n", Hardness.soft),
    ({"From": "Mail Delivery System <Mailer-Daemon@one.example>", "X-Failed-Recipients": "asa@vallentuna.example",
      "Subject": "Mail delivery failed: returning message to sender"},
     "  asa@vallentuna.example\n    SMTP error from remote mail server after MAIL FROM:<studs@v-aktuellt.example.se>:\n"
     "    550 No such domain\n", Hardness.ours),
    ({"From": "post_master@mobil.example", "Subject": "Re: V Aktuellt", "In-Reply-To": "<x@y.example>"},
     "Error: Invalid user address\n\n550 - Requested action not taken: no such user here\n\nRCPT TO: 0701740605@mobil.example\n",
     Hardness.hard),
    ({"From": "Postmaster@mobil.example", "Subject": "Mail System Error - Returned Mail"},
     "Each of the following recipients was rejected by a remote mail server.\n\n    Recipient: <asa@vallentuna.example>\n"
     "    >>> RCPT TO:<asa@vallentuna.example>\n    <<< 550 <asa@vallentuna.example>: User unknown\n", Hardness.hard),
    ({"From": "Mail Delivery System <Mailer-Daemon@one.example>", "Subject": "Mail delivery failed"},
     "  asa@vallentuna.example\n    SMTP error from remote mail server after end of data:\n    550 Domain does not exist\n",
     Hardness.ours),
    ({"From": "Mail Delivery System <Mailer-Daemon@one.example>", "Subject": "Mail delivery failed"},
     "  asa@vallentuna.example\n    SMTP error from remote mail server after initial connection:\n    554 Invalid host name\n",
     Hardness.ours),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "body", "hardness"), PLAIN, ids=[p[0]["Subject"][:30] + str(n) for n, p in enumerate(PLAIN)]
)
def test_knows_a_bounce_in_plain_words(keys, fields, body, hardness):
    found = reading(mail(fields | {"To": to(keys)}, body), keys)
    assert (found.kind, found.delivery, found.hardness) == (Kind.bounce, DELIVERY, hardness)


OTHERS = [
    ("Autosvar: V Aktuellt", {}, "Jag är på semester till 12 augusti.", Kind.auto_reply),
    ("Automatiskt svar: V Aktuellt maj", {"X-Auto-Response-Suppress": "All"}, "Jag är inte på kontoret.", Kind.auto_reply),
    ("Frånvarande: V Aktuellt", {}, "Åter 3 juni.", Kind.auto_reply),
    ("Frånvaro", {}, "Åter 3 juni. Vid brådskande ärenden kan ditt mejl inte levereras till någon annan.", Kind.auto_reply),
    ("Jag är på semester", {"Auto-Submitted": "auto-replied (vacation)"}, "Åter i augusti", Kind.auto_reply),
    ("Out of Office Re: V Aktuellt", {}, "I am away", Kind.auto_reply),
    ("Sv: V Aktuellt", {"X-Autoreply": "yes"}, "Jag har slutat. Adressen finns inte längre, user unknown.", Kind.auto_reply),
    ("Sv: V Aktuellt", {"Precedence": "auto_reply"}, "Tack, vi hör av oss.", Kind.auto_reply),
    ("Tack för ditt mejl", {"Return-Path": "<>"}, "Vi svarar inom tre dagar.", Kind.auto_reply),
    ("Ärende 1234 mottaget", {"Auto-Submitted": "auto-generated"}, "Vi har tagit emot ditt ärende.", Kind.auto_reply),
    ("Sv: V Aktuellt", {}, "Please click here to verify that you are a human sender of this message.", Kind.auto_reply),
    ("Sv: V Aktuellt", {}, "Jag är bortrest i mars men kommer på mötet i april!", Kind.reply),
    ("Sv: Undelivered Mail Returned to Sender", {"In-Reply-To": "<x@y.example>"},
     "Hej! Jag fick tillbaka det här, vad ska jag göra?\n\n> This is the mail system at host mx.\n> could not be delivered: User unknown", Kind.reply),
    ("Undelivered mail?", {}, "Hej, mitt mejl till er kunde inte levereras häromdagen: User unknown. Har ni bytt adress?", Kind.reply),
    ("Vi slutar aldrig!", {}, "Sluta inte skicka V Aktuellt, det är det bästa jag läser.", Kind.reply),
    ("Sv: V Aktuellt", {}, "Hej! Kan ni sluta skicka till min gamla adress och ta den nya asa.oberg@posten.example i stället?", Kind.reply),
    ("Sv: V Aktuellt", {}, "Stoppa kärnkraften! Skriv om det nästa gång.", Kind.reply),
    ("Sv: V Aktuellt", {}, "Stop", Kind.reply),
    ("Sv: V Aktuellt", {}, "Hej!\nAvsluta utskicken, tack.\nMvh Åsa", Kind.leave),
    ("Sv: V Aktuellt", {}, "Ta bort mig från listan\n\n-- \nÅsa Öberg\n070-174 06 05\n\nDen 3 maj 2024 kl. 10:12 skrev V Aktuellt <redaktion@v-aktuellt.example.se>:\n> Hej", Kind.leave),
    ("Sv: V Aktuellt", {}, "Sluta skicka mejl.\nJag har bett om nya tider för mötet i juni, och lokalen var fel.", Kind.reply),
    ("Sv: V Aktuellt", {}, "stop\n1\n2\n3\n4", Kind.reply),
    ("unsubscribe", {}, "", Kind.leave),
    ("Avregistrera mig", {}, "Skickat från min iPhone", Kind.leave),
    ("Inbjudan: styrelsemöte", {"List-Id": "<styrelsen.annan.example>"}, "Välkommen", Kind.unknown),
    ("Rabatt på kaffe", {"Precedence": "bulk"}, "Köp nu", Kind.auto_reply),
    ("Report Domain: v-aktuellt.example.se Submitter: post.example Report-ID: 1", {}, "bilaga", Kind.report),
]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "fields", "body", "kind"), OTHERS, ids=[f"{o[3]}-{n}" for n, o in enumerate(OTHERS)]
)
def test_never_takes_other_mail_for_a_bounce(keys, subject, fields, body, kind):
    found = reading(mail(AWAY | {"Subject": subject, "To": to(keys)} | fields, body), keys)
    assert (found.kind, found.hardness) == (kind, None)


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Sv: Semesterhälsning från styrelsen", "Hej! Jag har flyttat till Storgatan 1."),
        ("Sv: På semester? Läs V Aktuellt juli", "Kan ni ringa mig på 070-174 06 05?"),
        ("Sv: V Aktuellt", "Jag kan inte klicka på länken för att bekräfta min plats, mejlet ser konstigt ut."),
        ("Sv: Årsmöte", "Jag kommer!\n\nDen 3 maj 2024 skrev Styrelsen:\n> Klicka här för att bekräfta mejlet."),
    ],
)
def test_loses_no_persons_reply_for_words_that_robots_use_too(keys, subject, body):
    fields = {"From": "Åsa <asa@example.com>", "To": to(keys), "Return-Path": "<asa@example.com>",
              "Subject": subject, "In-Reply-To": "<a@b.example>"}  # fmt: skip
    assert read(mail(fields, body), keys, RETURN, OURS).kind is Kind.reply


def test_leaves_a_bounce_that_a_person_sends_on_to_a_person(keys):
    """Pasted into her mail, or as a file: she asks what to do. It is about somebody else's mail, or nobody's."""
    record = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; bo@vallentuna.example\nAction: failed\nStatus: 5.1.1\n"
    fields = AWAY | {"Subject": "VB: Undelivered Mail Returned to Sender", "To": to(keys)}
    assert reading(mail(fields, f"Mitt mejl kunde inte levereras. Vad gör jag?\n\n{record}"), keys).kind is Kind.reply
    inner = dsn(keys, "5.1.1").decode()
    whole = "".join(f"{n}: {v}\n" for n, v in fields.items())
    raw = (
        f'{whole}Content-Type: multipart/mixed; boundary="yttre"\n\n--yttre\nContent-Type: text/plain; charset=utf-8\n\n'
        f"Mitt mejl kunde inte levereras. Vad gör jag?\n--yttre\nContent-Type: message/rfc822\n\n{inner}\n--yttre--\n"
    )
    assert reading(raw.encode(), keys).kind is Kind.reply


def test_reads_a_report_of_a_delay_as_a_delay(keys):
    found = reading(dsn(keys, "4.4.1", "Connection timed out", action="delayed"), keys)
    assert (found.kind, found.delivery, found.status) == (Kind.delayed, DELIVERY, "4.4.1")
    words = "Leveransen till asa@vallentuna.example är försenad. Servern fortsätter försöka i två dagar."
    assert (
        reading(mail(DAEMON | {"To": to(keys), "Subject": "Warning: message delayed"}, words), keys).kind
        == Kind.delayed
    )


def test_reads_a_warning_as_a_delay_though_its_subject_is_a_failures(keys):
    words = "A message is delayed for more than four hours for:\n\nasa@vallentuna.example: Network error\n\nIt is kept in the queue."
    found = reading(mail(DAEMON | {"To": to(keys), "Subject": "Delivery status notification: warning"}, words), keys)
    assert (found.kind, found.address) == (Kind.delayed, "asa@vallentuna.example")


def test_takes_given_up_for_failed(keys):
    found = reading(dsn(keys, "", "Connection timed out", action="expired"), keys)
    assert (found.kind, found.hardness) == (Kind.bounce, Hardness.soft)


NAMES = [
    ("\nasa@vallentuna.example: 550 5.2.2 Mailbox full\nbo@vallentuna.example: 550 5.1.1 User unknown\n",
     ("asa@vallentuna.example", "bo@vallentuna.example")),
    ("Your message\n\n  To: redaktion@annan.example\n\ndid not reach the following recipient(s):\n\n"
     "asa@vallentuna.example on Fri, 3 May 2024\n    The recipient name is not recognized\n", ("asa@vallentuna.example",)),
    ("Ert mejl från ombud@annan.example har inte levererats till dessa mottagare:\n\n  asa@vallentuna.example\n",
     ("asa@vallentuna.example",)),
]  # fmt: skip


@pytest.mark.parametrize(("words", "named"), NAMES, ids=["one-a-line", "fields-first", "swedish"])
def test_names_those_it_did_not_reach_and_not_those_it_mentions(keys, words, named):
    assert reading(mail(DAEMON | {"To": "studs@v-aktuellt.example.se"}, words), keys).failed == named


def test_takes_a_mail_that_nobody_may_answer_for_a_bounce_only_when_it_sends_ours_back(keys):
    head = f'From: no-reply@mobil.example\nTo: {to(keys)}\nSubject: Leveransproblem\nContent-Type: multipart/mixed; boundary="g"\n\n'
    told = "--g\nContent-Type: text/plain\n\nCould not be delivered to: <asa@vallentuna.example>\nAs their mailbox is full.\n"
    back = "--g\nContent-Type: message/rfc822\n\nSubject: V Aktuellt\n\nHej\n"
    found = reading(f"{head}{told}{back}--g--\n".encode(), keys)
    assert (found.kind, found.hardness) == (Kind.bounce, Hardness.soft)
    assert reading(f"{head}{told}--g--\n".encode(), keys).kind is not Kind.bounce


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_lets_a_report_of_success_change_nothing(keys, action):
    assert reading(dsn(keys, "2.0.0", action=action), keys).kind is Kind.report


def test_calls_a_bounce_hard_only_when_nobody_behind_the_address_got_it(keys):
    def about(*blocks):
        record = "Reporting-MTA: dns; mx\n\n" + "\n\n".join(
            f"Original-Recipient: rfc822; asa@vallentuna.example\nFinal-Recipient: rfc822; {n}@b.example\nAction: {a}\nStatus: {s}"
            for n, (a, s) in enumerate(blocks)
        )
        return reading(
            report({"From": "MAILER-DAEMON@mx.example", "To": to(keys), "Subject": "x"}, "x", record), keys
        ).hardness

    assert about(("failed", "5.1.1"), ("failed", "5.1.1")) is Hardness.hard
    assert about(("failed", "5.1.1"), ("failed", "5.2.2")) is Hardness.soft
    assert about(("failed", "5.1.1"), ("delivered", "2.0.0")) is Hardness.soft


def test_finds_every_complaint_and_its_type(keys):
    for kind in ("abuse", "fraud", "virus", "opt-out", "other"):
        found = reading(arf(keys, kind), keys)
        assert (found.kind, found.status, found.delivery) == (Kind.complaint, kind, DELIVERY)
    assert reading(arf(keys, marked=False), keys).delivery is None


def test_finds_a_complaint_that_sends_the_mail_back_as_it_was(keys):
    original = (
        f"X-HmXmrOriginalRecipient: asa@vallentuna.example\nReturn-Path: <{to(keys)}>\nSubject: V Aktuellt\n\nHej"
    )
    raw = (
        "From: staff@hotmail.example\nTo: klagomal@v-aktuellt.example.se\nSubject: complaint about message from 192.0.2.1\n"
        'Content-Type: multipart/mixed; boundary="g"\n\n--g\nContent-Type: message/rfc822\n\n' + original + "\n--g--\n"
    )
    found = reading(raw.encode(), keys)
    assert (found.kind, found.delivery, found.address) == (Kind.complaint, DELIVERY, "asa@vallentuna.example")


@pytest.mark.parametrize("feedback", ["not-spam", "auth-failure", "dmarc"])
def test_lets_reports_about_signatures_stop_nobody(keys, feedback):
    assert reading(arf(keys, feedback), keys).kind is Kind.report


STATISTICS = [
    ("multipart/report; report-type=tlsrpt; boundary=g", "application/tlsrpt+gzip", "x.json.gz"),
    (
        "multipart/mixed; boundary=g",
        "application/gzip",
        "post.example!v-aktuellt.example.se!1714600000!1714686399.xml.gz",
    ),
    ("multipart/mixed; boundary=g", "application/zip", "post.example!v-aktuellt.example.se!1714600000!1714686399.zip"),
    ("multipart/report; report-type=disposition-notification; boundary=g", "message/disposition-notification", ""),
]


@pytest.mark.parametrize(("whole", "part", "name"), STATISTICS, ids=[s[1] for s in STATISTICS])
def test_lets_statistics_and_receipts_stop_nobody(keys, whole, part, name):
    disposition = f'Content-Disposition: attachment; filename="{name}"\n' if name else ""
    raw = f"From: noreply@post.example\nTo: {to(keys)}\nSubject: Rapport\nContent-Type: {whole}\n\n--g\nContent-Type: text/plain\n\nrapport\n--g\nContent-Type: {part}\n{disposition}\nDisposition: manual-action/MDN-sent-manually; displayed\n--g--\n"
    assert reading(raw.encode(), keys).kind is Kind.report


@pytest.mark.parametrize("field", ["Delivered-To", "X-Original-To", "Envelope-To", "To"])
def test_finds_the_mark_wherever_the_envelope_is_written_down(keys, field):
    raw = dsn(keys, "5.1.1").replace(b"To: ", f"{field}: ".encode(), 1)
    assert reading(raw, keys).delivery == DELIVERY
    shouted = raw.replace(to(keys).encode(), to(keys).upper().encode())
    assert reading(shouted, keys).delivery == DELIVERY


def test_finds_the_mark_in_the_mail_that_a_report_carries(keys):
    """Some servers answer to From. The mail they send back still has the envelope it came in, or the leave code."""
    code = codes.leave_code(keys, DELIVERY)
    for original in (
        f"Return-Path: <{to(keys)}>\nSubject: V Aktuellt\n\nHej",
        f"List-Unsubscribe: <mailto:redaktion@v-aktuellt.example.se?subject=Sluta%20f%C3%A5%20{code}>\nSubject: V Aktuellt\n\nHej",
    ):
        head = {"From": "MAILER-DAEMON@mx.example", "To": "redaktion@v-aktuellt.example.se", "Subject": "Undeliverable"}
        record = (
            "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; asa@vallentuna.example\nAction: failed\nStatus: 5.1.1"
        )
        assert reading(report(head, "x", record, original), keys).delivery == DELIVERY


def test_does_not_take_the_mark_of_a_quoted_mail_for_the_writers_own(keys):
    """Bo answers a mail that Åsa sent on to him: his ”stop” is not hers."""
    text = f"stop\n\n> Sluta få V Aktuellt: https://v-aktuellt.example.se/sluta/{codes.leave_code(keys, DELIVERY)}\n> {to(keys)}"
    for fields in ({}, {"In-Reply-To": f"<{'a' * 32}@v-aktuellt.example.se>"}):
        found = reading(mail(ASA | {"To": "redaktion@v-aktuellt.example.se"} | fields, text), keys)
        assert found.kind in (Kind.unknown, Kind.reply)
        assert found.delivery is None


def test_takes_no_side_when_a_report_carries_two_marks(keys):
    head = {"From": "MAILER-DAEMON@mx.example", "To": "redaktion@v-aktuellt.example.se", "Subject": "Undeliverable"}
    record = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; asa@vallentuna.example\nAction: failed\nStatus: 5.1.1"
    original = f"Return-Path: <{to(keys)}>\nErrors-To: <{to(keys, 12)}>\n\nHej"
    assert reading(report(head, "x", record, original), keys).delivery is None


LEAVES = [
    "Sluta få V Aktuellt {}",
    "Re: Sluta få V Aktuellt {}",
    "SV: sluta få v aktuellt {}",
    "=?utf-8?q?Sluta_f=C3=A5_V_Aktuellt_{}?=",
]


@pytest.mark.parametrize("subject", LEAVES)
def test_takes_the_code_in_the_subject_as_a_wish_to_leave(keys, subject):
    raw = mail(
        ASA | {"To": "redaktion@v-aktuellt.example.se", "Subject": subject.format(codes.leave_code(keys, DELIVERY))}, ""
    )
    found = reading(raw, keys)
    assert (found.kind, found.delivery, found.leaves) == (Kind.leave, DELIVERY, "list")


def test_says_when_all_is_meant(keys):
    subject = f"Sluta få alla utskick {codes.leave_code(keys, DELIVERY)}"
    assert reading(mail(ASA | {"Subject": subject}, ""), keys).leaves == "all"
    assert reading(mail(ASA | {"To": to(keys)}, "Sluta skicka alla utskick"), keys).leaves == "all"


def test_takes_no_wish_to_leave_from_a_forged_code(keys):
    code = codes.leave_code(keys, DELIVERY)
    for forged in (code[:-1], code + "a", "a" * len(code), codes.return_tag(keys, DELIVERY)):
        found = reading(
            mail(ASA | {"To": "redaktion@v-aktuellt.example.se", "Subject": f"Sluta få V Aktuellt {forged}"}, ""), keys
        )
        assert (found.kind, found.delivery) == (Kind.unknown, None)


LOOPS = [
    {"List-Id": "V Aktuellt <medlemmar.v-aktuellt.example.se>"},
    {"Message-ID": f"<{'abcdefgh' * 4}@v-aktuellt.example.se>"},
    {"X-Loop": "redaktion@v-aktuellt.example.se"},
    {"Received": "\nReceived: ".join(["from a by b"] * 60)},
]


@pytest.mark.parametrize("fields", LOOPS, ids=[next(iter(f)) for f in LOOPS])
def test_knows_its_own_mail_when_it_comes_back(keys, fields):
    assert (
        reading(
            mail({"From": "redaktion@v-aktuellt.example.se", "To": to(keys), "Subject": "V Aktuellt"} | fields, "Hej"),
            keys,
        ).kind
        is Kind.loop
    )


def test_takes_an_editors_mail_from_our_own_domain_for_a_persons(keys):
    fields = {
        "From": "redaktion@v-aktuellt.example.se",
        "Message-ID": "<4f1c-77@v-aktuellt.example.se>",
        "To": to(keys),
    }
    assert reading(mail(ASA | fields, "Hej, det här är bara ett prov."), keys).kind is Kind.reply


def test_hands_the_new_text_of_a_reply_on(keys):
    body = "Jag kommer på mötet!\n\nÅsa\n\nDen 3 maj 2024 kl. 10:12 skrev V Aktuellt:\n> Välkommen på möte\n"
    found = reading(mail(ASA | {"To": to(keys)}, body), keys)
    assert (found.kind, found.text, found.from_address) == (
        Kind.reply,
        "Jag kommer på mötet!\n\nÅsa",
        "asa@vallentuna.example",
    )


SEALED = [
    'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=g',
    "application/pkcs7-mime; smime-type=enveloped-data",
    "application/ms-tnef",
]


@pytest.mark.parametrize("kind", SEALED)
def test_keeps_what_it_cannot_open_for_a_person(keys, kind):
    raw = f"From: asa@vallentuna.example\nTo: {to(keys)}\nSubject: Sv: V Aktuellt\nContent-Type: {kind}\n\n--g\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--g--\n"
    assert reading(raw.encode(), keys).kind is Kind.reply


def test_takes_a_calendars_answer_for_a_persons(keys):
    raw = f"From: asa@vallentuna.example\nTo: {to(keys)}\nSubject: Accepterat: Medlemsmöte\nAuto-Submitted: auto-generated\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n"
    assert reading(raw.encode(), keys).kind is Kind.reply


CHARSETS = [
    ("iso-8859-1", "cp1252"),
    ("us-ascii", "cp1252"),
    ("okänd-8", "utf-8"),
    ("windows-1252", "cp1252"),
    ("utf-8", "cp1252"),
    ("zip", "utf-8"),
]


@pytest.mark.parametrize(("said", "meant"), CHARSETS)
def test_reads_swedish_whatever_the_charset_says(keys, said, meant):
    raw = f"From: asa@vallentuna.example\nTo: {to(keys)}\nSubject: Sv: mötet\nContent-Type: text/plain; charset={said}\n\nÅsa åker på mötet – tack!\n"
    assert reading(raw.encode(meant), keys).text == "Åsa åker på mötet – tack!"
