"""Alert rules, their routing, and the mails."""
