"""The mailroom: letters to people, on the site and by e-mail, and signed letters to machines.

Owns what was written to whom, what they want to get, which addresses are dead, and who listens to our events.
Must not know: why a letter is written. It knows a recipient, never a reason.
"""
