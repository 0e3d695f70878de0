"""Budgets for tests that are not about limits: they stay on, and are large, as tests type fast."""

from typing import Final

from chat.budgets import COUNTS

MANY: Final = 100_000
RAISED: Final = {
    "WSCHAT_RATE_FACTORS": f"guest={MANY},account={MANY},moderator={MANY}",
    "WSCHAT_COUNTS": ",".join(f"{count}={MANY}" for count in COUNTS),
}
# The defaults of a server.
USUAL: Final = dict.fromkeys(RAISED, "")
