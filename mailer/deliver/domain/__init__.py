"""What the DNS must say of the sender's domain for mail to be believed: the records, and whether they are there."""
