"""Pages behind signed links: what an approver reads and answers on a telephone. A thin door; the verbs decide."""
