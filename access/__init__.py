"""Who may see what: grants, cases, the decision, looks."""
