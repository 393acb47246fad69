"""How long one worker may hold a connection without a sign of life."""

from datetime import timedelta

LEASE = timedelta(seconds=120)
"""Every commit extends it to this much from now. A worker that died is replaced after it. SYNC_LEASE_SECONDS changes
it for a deployment."""
