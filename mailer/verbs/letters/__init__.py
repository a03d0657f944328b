"""The post of a survey, verb by verb: print, pull, posted, returned, revoke, and what lies on the table."""
