"""The door to the tables of the outbox, one module per subject."""

from mailer.outbox.store.control import about, contact_and_list_of, forget

__all__ = ["about", "contact_and_list_of", "forget"]
