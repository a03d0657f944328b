"""Those who want to be active: whoever is to get in touch, and by when."""
