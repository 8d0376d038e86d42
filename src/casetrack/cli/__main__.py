"""``python -m casetrack.cli`` is the command."""

from casetrack.cli.app import main

if __name__ == "__main__":
    main()
