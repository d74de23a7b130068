"""What a run frees goes back to the system."""

import platform
import subprocess
import sys

import pytest

BLOCKS = 100  # of which every other one stays
# Freeing one of 30 MiB raises the size from which glibc gives blocks back, if it is left to itself.
CODE = """
from clean.runs.memory import give_back_large_blocks
{call}
def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 >> 20
raised = bytearray(30 << 20)
del raised
blocks = [bytearray(b"x") * (2 << 20) for _ in range({blocks})]
before = held()
del blocks[::2]
print(before - held())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps large blocks")
@pytest.mark.parametrize("call", ["", "give_back_large_blocks()"])
def test_large_blocks_are_given_back(call: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(call=call, blocks=BLOCKS)], capture_output=True, text=True, check=True
    )
    gone = int(done.stdout)
    assert gone > 0.9 * BLOCKS if call else gone < 0.5 * BLOCKS


def test_arrow_takes_memory_from_the_system_too() -> None:
    code = "from clean.runs.memory import give_back_large_blocks; give_back_large_blocks(); import pyarrow"
    code += "; print(pyarrow.default_memory_pool().backend_name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "system"
