"""Pages for members, behind links of their own: no account, no script. A thin door; the verbs decide."""
