"""The policy programme as plain functions over values (policy-programme.md).

`programme` and `dates` are what all others stand on; `ledger` says what each act writes, `caps` and `attempts` what a
quiz is worth and when, `milestones` what a balance brings about, `replays` what the whole ledger comes to, with or
without a violation; `appeals`, `repeats`, `intake` as they are called; `files` reads
CSV files, `books` finds what is kept wrongly.
"""

from apps.compliance.rules.states import APPEAL, ENFORCEMENT, IMPORT, VIOLATION

MACHINES = (VIOLATION, ENFORCEMENT, APPEAL, IMPORT)
