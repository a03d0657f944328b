"""A person's reply: only what she wrote now."""

import pytest

from mailer.feedback.mime import take_apart
from mailer.feedback.reply_text import new_text, only_new

NEW = "Jag kommer på mötet!"
OLD = "Välkommen på medlemsmöte. Skriv dag om du kommer: ja / nej"
BY = "V Aktuellt <redaktion@v-aktuellt.example.se>"

# Each ends with the old mail, in the form a program gives it. The sentence of OLD must never come through.
TEXTS = {
    "gmail_sv": f"{NEW}\n\nDen fre 3 maj 2024 kl 10:12 skrev {BY}:\n\n> {OLD}\n> mer",
    "gmail_sv_broken": f"{NEW}\n\nDen fre 3 maj 2024 kl 10:12 skrev V Aktuellt <\nredaktion@v-aktuellt.example.se>:\n\n> {OLD}",
    "gmail_en": f"{NEW}\n\nOn Fri, May 3, 2024 at 10:12 AM {BY}\nwrote:\n\n> {OLD}",
    "apple_sv": f"{NEW}\n\n> 3 maj 2024 kl. 10:12 skrev {BY}:\n> \n> {OLD}",
    "apple_sv_unquoted": f"{NEW}\n\n3 maj 2024 kl. 10:12 skrev {BY}:\n\n{OLD}",
    "apple_en": f"{NEW}\n\nOn 3 May 2024, at 10:12, {BY} wrote:\n\n{OLD}",
    "iphone": f"{NEW}\n\nSkickat från min iPhone\n\n> 3 maj 2024 kl. 10:12 skrev {BY}:\n> {OLD}",
    "ipad_en": f"{NEW}\n\nSent from my iPad\n\n> On 3 May 2024, at 10:12, {BY} wrote:\n> {OLD}",
    "android": f"{NEW}\n\nSkickat från min Samsung Galaxy-smarttelefon.\n\n-------- Originalmeddelande --------\nFrån: {BY}\n{OLD}",
    "outlook_sv": f"{NEW}\n\nFrån: {BY}\nSkickat: den 3 maj 2024 10:12\nTill: asa@vallentuna.example\nÄmne: V Aktuellt\n\n{OLD}",
    "outlook_rule": f"{NEW}\n\n________________________________\nFrån: {BY}\nSkickat: den 3 maj 2024 10:12\nTill: Åsa\nÄmne: V Aktuellt\n\n{OLD}",
    "outlook_en": f"{NEW}\n\nFrom: {BY}\nSent: Friday, May 3, 2024 10:12 AM\nTo: Åsa\nSubject: V Aktuellt\n\n{OLD}",
    "outlook_stars": f"{NEW}\n\n*Från:* {BY}\n*Skickat:* den 3 maj 2024 10:12\n*Till:* Åsa\n*Ämne:* V Aktuellt\n\n{OLD}",
    "outlook_old": f"{NEW}\n\n-----Ursprungligt meddelande-----\nFrån: {BY}\nSkickat: den 3 maj\n\n{OLD}",
    "outlook_en_old": f"{NEW}\n\n-----Original Message-----\nFrom: {BY}\nSent: May 3\n\n{OLD}",
    "outlook_mobile": f"{NEW}\n\nHämta Outlook för iOS\n________________________________\nFrån: {BY}\nSkickat: i går\n\n{OLD}",
    "windows_mail": f"{NEW}\n\nSkickades från E-post för Windows\n\nFrån: {BY}\nSkickat: den 3 maj\nTill: Åsa\nÄmne: V\n\n{OLD}",
    "thunderbird_sv": f"{NEW}\n\nDen 2024-05-03 kl. 10:12, skrev V Aktuellt:\n> {OLD}",
    "thunderbird_dash": f"{NEW}\n\nOn 2024-05-03 10:12, V Aktuellt wrote:\n> {OLD}",
    "yahoo": f"{NEW}\n\n    Den fredag 3 maj 2024 10:12:33 CEST, {BY} skrev: \n \n {OLD}",
    "telia": f"{NEW}\n\n----Ursprungligt meddelande----\nFrån : redaktion@v-aktuellt.example.se\nDatum : 2024-05-03\n{OLD}",
    "roundcube": f"{NEW}\n\n2024-05-03 10:12 skrev V Aktuellt:\n> {OLD}",
    "loopia": f"{NEW}\n\nV Aktuellt skrev den 2024-05-03 10:12:\n> {OLD}",
    "german": f"{NEW}\n\nAm 03.05.2024 um 10:12 schrieb {BY}:\n> {OLD}",
    "norwegian": f"{NEW}\n\nfre. 3. mai 2024 kl. 10:12 skrev {BY}:\n\n> {OLD}",
    "finnish": f"{NEW}\n\nV Aktuellt kirjoitti 3.5.2024 klo 10.12:\n> {OLD}",
    "french": f"{NEW}\n\nLe ven. 3 mai 2024 à 10:12, {BY} a écrit :\n> {OLD}",
    "dutch": f"{NEW}\n\nOp vr 3 mei 2024 om 10:12 schreef {BY}:\n> {OLD}",
    "quoted_only": f"{NEW}\n\n> {OLD}",
    "quoted_above": f"> {OLD}\n\n{NEW}",
    "attributed_above": f"Den 3 maj 2024 kl. 10:12 skrev V Aktuellt:\n\n> {OLD}\n> mer\n\n{NEW}",
    "between": f"Den 3 maj 2024 skrev V Aktuellt:\n> {OLD}\n{NEW}\n> mer {OLD}",
    "signature": f"{NEW}\n\n-- \nÅsa Öberg\n070-174 06 05",
    "signature_trimmed": f"{NEW}\n\n--\nÅsa Öberg\n070-174 06 05",
    "forwarded": f"{NEW}\n\n---------- Vidarebefordrat meddelande ---------\nFrån: {BY}\n{OLD}",
    "forwarded_apple": f"{NEW}\n\nPåbörja vidarebefordrat meddelande:\n\nFrån: {BY}\n{OLD}",
    "crlf": f"{NEW}\r\n\r\nDen 3 maj 2024 kl. 10:12 skrev {BY}:\r\n\r\n> {OLD}\r\n",
    "no_break_spaces": f"{NEW}\n\nDen\xa03 maj\xa02024 kl.\xa010:12 skrev\xa0{BY}:\n> {OLD}",
    "weekday": f"{NEW}\n\nfredag 3 maj 2024 skrev V Aktuellt <\nredaktion@v-aktuellt.example.se>:\n\n> {OLD}",
    "plain": NEW,
    "blank": f"\n\n{NEW}\n\n\n",
}  # fmt: skip

HTMLS = {
    "gmail": f'<div dir="ltr">{NEW}</div><br><div class="gmail_quote"><div class="gmail_attr">Den 3 maj skrev V:<br></div><blockquote>{OLD}</blockquote></div>',
    "apple": f"<html><body>{NEW}<br><blockquote type=cite>3 maj skrev V: {OLD}</blockquote></body></html>",
    "outlook": f'<div><p>{NEW}</p></div><hr><div id="divRplyFwdMsg"><b>Från:</b> V<br>{OLD}</div>',
    "outlook_border": f"<p class=MsoNormal>{NEW}</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt'><p><b>Från:</b> V<br><b>Skickat:</b> 3 maj<br><b>Till:</b> Åsa<br><b>Ämne:</b> V</p></div><p>{OLD}</p></div>",
    "yahoo": f"<div>{NEW}</div><div class='yahoo_quoted'>{OLD}</div>",
    "thunderbird": f"<p>{NEW}</p><div class='moz-cite-prefix'>Den 3 maj skrev V:</div><blockquote>{OLD}</blockquote><div class=moz-signature>-- <br>Åsa</div>",
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_keeps_only_what_is_new_of_a_text(name):
    assert only_new(TEXTS[name]) == NEW


@pytest.mark.parametrize("name", HTMLS)
def test_keeps_only_what_is_new_of_html(name):
    raw = f"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n{HTMLS[name]}".encode()
    assert new_text(take_apart(raw)).replace("\n", "") == NEW


KEPT = [
    "Från och med juni bor jag i Huddinge.\nTill er i styrelsen: tack!",
    "På mötet skrev vi under:\nett upprop för biblioteket",
    "Jag skrev:\n\nförst en rad\n\nsedan en till",
    "Den 3 maj kan jag inte, men den 4:e går bra.",
    "1 - ja\n2 - nej\n-- minus är inte en underskrift",
    "Hej!\n\nFrån: vem kommer mejlet?\n\nHälsningar Åsa",
]


@pytest.mark.parametrize("text", KEPT)
def test_cuts_nothing_a_person_wrote(text):
    assert only_new(text) == text


def test_reads_the_plain_part_before_the_html():
    raw = f'From: a@b.example\nContent-Type: multipart/alternative; boundary="g"\n\n--g\nContent-Type: text/plain; charset=utf-8\n\n{NEW}\n--g\nContent-Type: text/html; charset=utf-8\n\n<p>annat</p>\n--g--\n'
    assert new_text(take_apart(raw.encode())) == NEW


def test_bounds_the_text_it_hands_on():
    assert len(only_new("ja " * 100_000)) <= 8_000
