"""The words for channels and for whom a step is, as editors write them and as we write them.

Takes   a word.
Gives   the value; the word for a value.
Fails   never.
"""

from mailer.content.channel_plan.model import Channel, Whom

# The first of each is the one that we write.
_CHANNELS = {
    Channel.EMAIL: ("mejl", "e-post", "mail", "mejla", "epost", "e-mail", "email"),
    Channel.LETTER: ("brev", "post", "papper", "letter"),
    Channel.TELEPHONE: ("telefon", "samtal", "ringa", "ringrunda", "telephone", "phone"),
    Channel.IN_PERSON: ("på plats", "möte", "torget", "personligen", "in person"),
    Channel.ISSUE: ("V Aktuellt", "medlemsbladet", "nyhetsbrevet", "månadsbrevet", "issue"),
}
_WHOM = {
    Whom.EVERYBODY: ("alla", "samtliga", "alla medlemmar", "everybody"),
    Whom.WITH_EMAIL: ("den som har e-post", "med e-post", "de som har e-post", "har e-post", "with e-mail"),
    Whom.WITHOUT_EMAIL: ("den som saknar e-post", "utan e-post", "de som saknar e-post", "saknar e-post",
                         "without e-mail"),
    Whom.EMAIL_FAILED: ("den som mejlet inte nådde", "mejlet kom tillbaka", "de som mejlet inte nådde",
                        "den vars mejl kom tillbaka", "e-mail failed"),
    Whom.SILENT: ("den som inte har svarat", "de som inte har svarat", "inte svarat", "tysta", "silent"),
    Whom.ANSWERED: ("den som har svarat", "de som har svarat", "svarat", "har svarat", "answered"),
}  # fmt: skip
CHANNELS = {word.casefold(): channel for channel, words in _CHANNELS.items() for word in words}
WHOM = {word.casefold(): whom for whom, words in _WHOM.items() for word in words}
CHANNEL_WORD = {channel: words[0] for channel, words in _CHANNELS.items()}
WHOM_WORD = {whom: words[0] for whom, words in _WHOM.items()}
