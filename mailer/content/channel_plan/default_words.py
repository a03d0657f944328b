"""The words of the default plan, in both languages. An editor makes them her own: `mailer survey plan --write`.

Takes   nothing.
Gives   step -> subject and text, with $names that `defaults` fills from the questionnaire; {{ förnamn }} stays.
Fails   never.

Each reminder has a reason of its own, thanks those who have just answered, and blames nobody. What they promise the
house does: who declines is not asked again, the last mail is the last, the results are told.
"""

from mailer.content.questionnaires.model import Words

SUBJECTS = {
    "forvarning": Words("Snart frågar vi dig", "Soon we will ask you"),
    "inbjudan": Words(
        "$Minutes_sv: vad ska vi göra tillsammans?",
        "$Minutes_en: what shall we do together?",
    ),
    "inbjudan-med-brev": Words("Vad ska vi göra tillsammans?", "What shall we do together?"),
    "forsta-paminnelsen": Words(
        "Ditt svar väger lika tungt som alla andras", "Your answer weighs as much as any other"
    ),
    "andra-paminnelsen": Words("Det här händer med svaren", "What happens to the answers"),
    "brev-i-stallet-for-mejl": Words("En fråga från din förening", "A question from your association"),
    "brev-med-svarskod": Words("Vi har inte hört vad du tycker", "We have not heard what you think"),
    "frageblad-med-posten": Words("Samma frågor, på papper", "The same questions, on paper"),
    "sista-mejlet": Words("Till och med $day_sv kan du svara", "You can answer until $day_en"),
    "tack": Words("Tack för att du svarade", "Thank you for answering"),
}

TEXTS = {
    "forvarning": Words(
        """\
$From_sv frågar vi alla medlemmar vad vi ska arbeta med. Får du våra mejl kommer det en länk till dig. Annars kommer \
det ett brev.

**Varför frågar vi?** För att höra alla, och inte bara dem som brukar komma på våra möten.

**Hur lång tid tar det?** Ungefär $minutes_sv.

**Vem läser svaren?** $Readers_sv. $secrecy_sv

**När är vi nöjda?** När $goal_sv har svarat. Enkäten är öppen till och med $day_sv, och resultatet får du läsa här.""",
        """\
$From_en we ask all members what we should work on. If you get our e-mails, a link will come to you. Otherwise, a \
letter will.

**Why do we ask?** To hear from everybody, not only from those who usually come to our meetings.

**How long does it take?** About $minutes_en.

**Who reads the answers?** $Readers_en. $secrecy_en

**When are we satisfied?** When $goal_en have answered. The survey is open until $day_en, and you will read the \
results here.""",
    ),
    "inbjudan": Words(
        """\
Hej {{ förnamn }}!

Vad ska vi arbeta med, och vad kan vi göra bättre? Det vill vi höra av dig. Vi frågar alla medlemmar, både den som är \
med på varje möte och den som aldrig har varit på något.

Det tar ungefär $minutes_sv. Svara när det passar dig, men senast $day_sv.

$secrecy_sv Svaren läses av $readers_sv, och vad de säger berättar vi i $series när enkäten har stängt.

Länken är din egen, så skicka den inte vidare.

Tack på förhand!""",
        """\
Hi {{ förnamn }}!

What should we work on, and what could we do better? We would like to hear it from you. We are asking all members, \
those who come to every meeting and those who have never been to one.

It takes about $minutes_en. Answer when it suits you, but no later than $day_en.

$secrecy_en The answers are read by $readers_en, and we will tell you what they say in $series when the survey has \
closed.

The link is your own, so please do not pass it on.

Thank you in advance!""",
    ),
    "inbjudan-med-brev": Words(
        """\
Hej {{ förnamn }}!

Vad ska vi arbeta med, och vad kan vi göra bättre? Det vill vi höra av dig. Vi frågar alla medlemmar, både den som är \
med på varje möte och den som aldrig har varit på något. Du får frågan på papper, eftersom du inte får våra mejl.

Det tar ungefär $minutes_sv. Rikta telefonens kamera mot rutan, eller skriv in webbadressen och din svarskod. Vill du \
hellre svara i telefon? Hör av dig, så ringer vi upp när det passar dig. Svara senast $day_sv.

$secrecy_sv Svaren läses av $readers_sv.

Tack på förhand!""",
        """\
Hi {{ förnamn }}!

What should we work on, and what could we do better? We would like to hear it from you. We are asking all members, \
those who come to every meeting and those who have never been to one. You get the question on paper, since you do not \
get our e-mails.

It takes about $minutes_en. Point the camera of your phone at the square, or type the web address and your code. \
Would you rather answer by telephone? Tell us, and we will call you when it suits you. Please answer by $day_en.

$secrecy_en The answers are read by $readers_en.

Thank you in advance!""",
    ),
    "forsta-paminnelsen": Words(
        """\
Hej {{ förnamn }}!

För några dagar sedan frågade vi vad du tycker att vi ska arbeta med. Alla svar väger lika tungt. Ordförandens är inte \
värt mer än ditt. Hör vi bara dem som brukar höras, får vi veta det vi redan vet.

Det tar ungefär $minutes_sv och går bra i telefonen, på bussen eller i soffan. Du har på dig till och med $day_sv.

Har du just svarat? Tack! Då kan du bortse från det här.""",
        """\
Hi {{ förnamn }}!

A few days ago we asked what you think we should work on. All answers weigh the same. The chair's is not worth more \
than yours. If we only hear from those we usually hear from, we will learn what we already know.

It takes about $minutes_en and works well on your phone, on the bus or on the sofa. You have until $day_en.

Have you just answered? Thank you! Then please ignore this.""",
    ),
    "andra-paminnelsen": Words(
        """\
Hej {{ förnamn }}!

Vad händer med det du svarar? Så här:

1. $secrecy_sv
2. När enkäten har stängt, efter $day_sv, räknas svaren. De läses av $readers_sv.
3. Resultatet står i $series, tillsammans med vad vi tänker göra.

Vi hoppas att $goal_sv svarar. Då vet vi att planerna håller, och inte bara vad några få vill.

Vill du inte svara? Det är helt i sin ordning. Säg det på sidan, så frågar vi dig inte mer.

Har du svarat de senaste dagarna? Tack! Då gäller det här inte dig.""",
        """\
Hi {{ förnamn }}!

What happens to what you answer? This:

1. $secrecy_en
2. When the survey has closed, after $day_en, the answers are counted. They are read by $readers_en.
3. The results will be in $series, together with what we intend to do.

We hope that $goal_en will answer. Then we know that our plans hold, and not only what a few people want.

Would you rather not answer? That is quite all right. Say so on the page, and we will not ask you again.

Have you answered in the last few days? Thank you! Then this is not for you.""",
    ),
    "brev-i-stallet-for-mejl": Words(
        """\
Hej {{ förnamn }}!

Vi når dig inte med mejl, så vår fråga kommer på papper i stället: Vad ska vi arbeta med, och vad kan vi göra bättre? \
Vi frågar alla medlemmar.

Det tar ungefär $minutes_sv. Rikta telefonens kamera mot rutan, eller skriv in webbadressen och din svarskod. Vill du \
hellre svara i telefon? Hör av dig, så ringer vi upp när det passar dig. Svara senast $day_sv.

$secrecy_sv Svaren läses av $readers_sv.

Har du fått en ny e-postadress? Skriv gärna till oss.""",
        """\
Hi {{ förnamn }}!

We do not reach you by e-mail, so our question comes on paper instead: What should we work on, and what could we do \
better? We are asking all members.

It takes about $minutes_en. Point the camera of your phone at the square, or type the web address and your code. \
Would you rather answer by telephone? Tell us, and we will call you when it suits you. Please answer by $day_en.

$secrecy_en The answers are read by $readers_en.

Do you have a new e-mail address? We would be glad to know it.""",
    ),
    "brev-med-svarskod": Words(
        """\
Hej {{ förnamn }}!

Vi har frågat med mejl vad vi ska arbeta med. Mejl är lätta att missa, så här kommer frågan på papper. Rikta \
telefonens kamera mot rutan, eller skriv in webbadressen och din svarskod. Det tar ungefär $minutes_sv.

Vill du hellre svara i telefon? Hör av dig, så ringer vi upp när det passar dig. Svara senast $day_sv.

$secrecy_sv Svaren läses av $readers_sv.

Har du just svarat? Tack! Då gäller det här inte dig.""",
        """\
Hi {{ förnamn }}!

We have asked by e-mail what we should work on. E-mails are easy to miss, so here is the question on paper. Point the \
camera of your phone at the square, or type the web address and your code. It takes about $minutes_en.

Would you rather answer by telephone? Tell us, and we will call you when it suits you. Please answer by $day_en.

$secrecy_en The answers are read by $readers_en.

Have you just answered? Thank you! Then this is not for you.""",
    ),
    "frageblad-med-posten": Words(
        """\
Hej {{ förnamn }}!

Alla vill inte svara vid en skärm. Därför kommer frågorna här på papper, med ett svarskuvert. Portot är betalt.

Det tar ungefär $minutes_sv. Hur du gör står överst på bladet. Lägg det på lådan så att vi har det senast $day_sv. \
Vill du hellre svara på nätet gäller din svarskod fortfarande.

$secrecy_sv

Har du just svarat? Tack! Då kan du lägga pappren i återvinningen.""",
        """\
Hi {{ förnamn }}!

Not everybody wants to answer at a screen. So here are the questions on paper, with a reply envelope. The postage is \
paid.

It takes about $minutes_en. How to fill it in is explained at the top of the sheet. Please post it so that we have it \
by $day_en. If you would rather answer on the web, your code is still valid.

$secrecy_en

Have you just answered? Thank you! Then please recycle these papers.""",
    ),
    "ringrunda": Words(
        """\
Jag är medlem i föreningen, precis som du, och ringer om vår enkät. Passar det att prata i ungefär $minutes_sv?

*Passar det inte:* Fråga när det passar bättre, och skriv in det.

*Passar det:* Säg det här först. ”Jag hör ju vad du svarar, men jag för det inte vidare. Du kan hoppa över vilken \
fråga du vill.” Läs sedan frågorna som de står.

*Vill personen svara själv:* Fråga om länken eller brevet finns kvar, och tala om att enkäten är öppen till och med \
$day_sv.

*Vill personen inte svara:* ”Det är helt i sin ordning. Då ringer vi inte mer om det.” Markera ”vill inte svara”.

*Har personen redan svarat:* Tacka, och markera ”vill svara själv”. Då ringer ingen igen.

Tacka alltid innan ni lägger på.""",
        """\
I am a member of the association, just like you, and I am calling about our survey. Do you have about $minutes_en \
to talk?

*If it is a bad time:* Ask when would be better, and write it down.

*If it is a good time:* Say this first. “I will hear what you answer, of course, but I will not pass it on. You may \
skip any question you like.” Then read the questions as they are written.

*If the member would rather answer alone:* Ask whether the link or the letter is still at hand, and say that the \
survey is open until $day_en.

*If the member does not want to answer:* “That is quite all right. We will not call you about it again.” Mark “does \
not want to answer”.

*If the member has already answered:* Say thank you, and mark “wants to answer alone”. Nobody will call again.

Always say thank you before you hang up.""",
    ),
    "pa-torget-och-pa-motet": Words(
        """\
Svara på vår enkät här! Det tar ungefär $minutes_sv.

Rikta telefonens kamera mot rutan och skriv din svarskod. Har du den inte med dig? Fråga oss, så får du hjälp eller \
ett blad att fylla i. Sitt gärna ned en stund, det finns kaffe.""",
        """\
Answer our survey here! It takes about $minutes_en.

Point the camera of your phone at the square and type your code. Don't have it with you? Ask us, and we will help you \
or give you a sheet to fill in. Do sit down for a while, there is coffee.""",
    ),
    "sista-mejlet": Words(
        """\
Hej {{ förnamn }}!

Enkäten är öppen till och med $day_sv. Sedan räknar vi svaren och bestämmer vad vi ska göra med dem. Vill du vara \
med och påverka det, är det $minutes_sv väl använda.

Det här är det sista mejlet vi skickar dig om enkäten. Vill du hellre svara i telefon? Svara på mejlet, så ringer vi.

Har du svarat på något annat sätt den senaste tiden? Tack! Då gäller det här inte dig.""",
        """\
Hi {{ förnamn }}!

The survey is open until $day_en. After that we count the answers and decide what to do with them. If you would like \
to have a say in it, it is $minutes_en well spent.

This is the last e-mail we will send you about the survey. Would you rather answer by telephone? Reply to this e-mail, \
and we will call you.

Have you answered in some other way lately? Thank you! Then this is not for you.""",
    ),
    "tack": Words(
        """\
Hej {{ förnamn }}!

Nu har enkäten stängt. Tack för att du tog dig tid! Vi räknar och läser, och i $series berättar vi vad ni har \
svarat och vad vi tänker göra.$contact_sv

Vi ses!""",
        """\
Hi {{ förnamn }}!

The survey has closed. Thank you for taking the time! We are counting and reading, and in $series we will tell you \
what you all answered and what we intend to do.$contact_en

See you!""",
    ),
    "resultatet": Words(
        """\
Enkäten är räknad. Tack till alla som har svarat, på nätet, på papper och i telefon! Vad ni svarade, och vad vi tänker \
göra, står i det här numret. Är det något som saknas? Kom till nästa möte och säg det.""",
        """\
The survey has been counted. Thank you to everyone who answered, on the web, on paper and by telephone! What you \
answered, and what we intend to do, is in this issue. Is something missing? Come to the next meeting and tell us.""",
    ),
}

# What is true of the answers, whichever parts the questionnaire has.
SECRECY = {
    "both": Words(
        "Vad du tycker läggs i en svarsurna utan ditt namn. Några frågor sparas med ditt namn, och det står vid dem. "
        "Att du har svarat ser vi, så att vi kan sluta fråga.",
        "Your opinions go into a ballot box without your name. A few questions are kept with your name, and it says so "
        "next to them. We can see that you have answered, so that we can stop asking.",
    ),
    "anonymous": Words(
        "Svaren läggs i en svarsurna utan ditt namn. Att du har svarat ser vi, så att vi kan sluta fråga.",
        "The answers go into a ballot box without your name. We can see that you have answered, so that we can stop "
        "asking.",
    ),
    "signed": Words("Svaren sparas med ditt namn.", "The answers are kept with your name."),
}  # fmt: skip
CONTACT = Words(
    " Har du skrivit att du vill bli kontaktad hör vi av oss inom fjorton dagar.",
    " If you wrote that you would like to be contacted, you will hear from us within fourteen days.",
)
