"""Whatever a member answers, nothing of it enters the register."""

from sqlalchemy import select

from mailer.content.questionnaires.model import OTHER, OTHER_WORDS, Answers, Question, Sort
from mailer.register.tables import choices, contacts, list_entries
from mailer.surveys.answers import form
from mailer.verbs.surveys import reminding
from tests.surveys.followed import FOLLOWED, asks_for_a_call, opened, rows, says
from tests.surveys.running import a_home, at


def an_answer(question: Question, last: bool) -> Answers:
    """One that may be given: the first of all there are, or the last and words of one's own."""
    options = [option.key for option in question.options]
    if question.sort in (Sort.ONE, Sort.SEVERAL):
        own = {question.key + OTHER_WORDS: ("Ny adress: Storgatan 1",)} if question.has_other and last else {}
        return {question.key: (OTHER,) if own else (options[-1 if last else 0],), **own}
    words = {Sort.DATE: "2024-04-01", Sort.TEXT: "Ring 070-174 06 05, ny@vallentuna.example"}
    return {question.key: (words.get(question.sort, str(question.least or 1)),)}


def test_leaves_the_register_as_it_was_whatever_is_answered(tmp_path, database_url):
    with a_home(tmp_path, 1, 4, database_url) as house:
        opened(house)

        def register() -> list:
            return [house.db.read(lambda c, t=t: c.execute(select(t)).all()) for t in (contacts, choices, list_entries)]

        before = register()
        signed = FOLLOWED.sections[0].questions
        for contact, last in ((1, False), (2, True)):
            given = {key: words for question in signed for key, words in an_answer(question, last).items()}
            assert says(house, contact, form.only_asked(FOLLOWED, given, FOLLOWED.sections[0].part)) == "answered"
            asks_for_a_call(house, contact, "Ring 070-174 06 05, jag har flyttat")
        reminding.tend(at(house, "2024-03-07T10:00"))
        assert len(rows(house)) == 2  # it went the whole way
        assert register() == before
