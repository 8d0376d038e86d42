"""The command ``casetrack``: options, commands, words and JSON; no rule of its own."""
