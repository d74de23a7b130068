"""A process that has loaded all, and forks one that does a run for each line it is sent: `python -m tests.zygote`.

A line is JSON: the inputs, the directory, and whether to reprocess. It answers with the number of the process, and at
its end with how it ended.
"""

import json
import os
import sys
from contextlib import suppress

from clean.dedupe import index
from clean.errors import OutputError
from clean.rulebook import Rulebook, bundled_rules, load
from clean.runs import database, local
from clean.runs.local import How, run
from tests.poison import Poisoned

FEW = 7  # sources that are committed together, so that a run can be killed between many commits
SOME = 50  # texts that are looked up together, for the same reason
MANY = 20  # sources after which the state is opened anew, so that a run can be killed meanwhile


def main() -> None:
    """Load, and do what each line says."""
    book = load([bundled_rules()])
    cleaner = Poisoned(book=Rulebook(book.rules[:20], book.words))
    cleaner.clean("Night ferry for the islands\n\nThe harbour council voted on Friday to run a night ferry.")
    local.TOGETHER, index.TOGETHER, database.MANY = FEW, SOME, MANY
    for line in sys.stdin:
        paths, out, reprocess = json.loads(line)
        if (process := os.fork()) == 0:
            with suppress(OutputError):
                run(paths, out, cleaner=cleaner, how=How(reprocess=reprocess))
                os._exit(0)
            os._exit(2)
        print(process, flush=True)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
