"""What is answered: the form, its drafts, the submit; and answers that come by mail."""
