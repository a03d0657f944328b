"""What comes back: from a mail to what it is, whom it is about, and what it changes. A mail is read once."""
