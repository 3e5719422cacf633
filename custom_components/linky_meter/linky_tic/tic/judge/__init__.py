"""Which of the groups that arrived are believed: each label by the rule of its kind."""
