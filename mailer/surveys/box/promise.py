"""What a member is told of what is and is not linked to her: true to the word, in both languages.

Takes   nothing.
Gives   the sentence above the anonymous questions, what stands below it, and the one a caller says first.
Fails   never.

Change a word here only together with what the ballot box does (box.py, urn.py): the tests of the attack hold it true.
"""

from mailer.content.questionnaires.model import Words

ANONYMOUS = Words(
    "Att du har svarat, vilken dag och på vilket sätt sparas med ditt namn; det du svarar här sparas aldrig med det: "
    "din svarssedel förseglas när du skickar in, öppnas först när enkäten har stängt och blandas då med alla andras, "
    "fråga för fråga, så att ingen kan se vem som har svarat vad.",
    "That you have answered, on which day and in which way is kept with your name; what you answer here never is: your "
    "ballot is sealed when you submit, opened only after the survey has closed and then mixed with everybody else's, "
    "question by question, so that nobody can see who answered what.",
)
# What the sentence does not cover, for those who ask.
MORE = Words(
    "Skriver du något i fritext som visar vem du är kan den som läser förstå det. Nyckeln som öppnar svarssedlarna "
    "finns inte på servern utan hos två personer, som intygar att den är förstörd innan någon får läsa resultatet. "
    "Bara den som hade både nyckeln och en säkerhetskopia av servern från tiden innan dess skulle kunna läsa en "
    "enskild svarssedel. Några frågor kan räknas två och två mot varandra. Inget tal som gäller färre än fem visas, "
    "inte då heller. Anonyma svar kan inte ändras eller tas tillbaka när de är inskickade: ingen vet vilka som är "
    "dina.",
    "If you write something in your own words that shows who you are, whoever reads it may understand. The key that "
    "opens the ballots is not on the server but with two people, who confirm that it is destroyed before anybody may "
    "read the results. Only somebody who had both the key and a backup of the server from before that could read a "
    "single ballot. Some questions may be counted two by two against each other. No figure about fewer than five "
    "people is shown, not then either. Anonymous answers cannot be changed or taken back once they are submitted: "
    "nobody knows which are yours.",
)
BY_TELEPHONE = Words(
    "De här frågorna är anonyma i resultatet, men jag hör ju vad du svarar. Vill du hellre svara själv kan du göra det "
    "på webben eller på papper.",
    "These questions are anonymous in the results, but I do hear what you answer. If you would rather answer by "
    "yourself, you can do so on the web or on paper.",
)
