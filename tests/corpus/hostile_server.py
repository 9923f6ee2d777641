"""All hostile devices in a process of their own: `python -m tests.corpus.hostile_server`.

Prints their ports by kind as one line of JSON, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack

from tests.corpus.hostile import serving
from tests.corpus.test_hostile_memory import HOSTILE


async def main() -> None:
    async with AsyncExitStack() as stack:
        ports = {
            kind: (await stack.enter_async_context(serving(handler))).port for kind, handler in HOSTILE.items()
        }
        print(json.dumps(ports), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
