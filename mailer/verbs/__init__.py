"""One module per verb, given the opened house: what a person, the clock or a page may do."""
