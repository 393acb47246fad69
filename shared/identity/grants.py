"""What is kept of a person's permission: MSAL's token cache and the access token it last gave."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The record of the vault. The access token is kept beside MSAL's cache so that reading it needs no MSAL."""

    account: str
    cache: str = field(repr=False)
    access_token: str = field(repr=False)
    expires: datetime

    def to_text(self) -> str:
        return json.dumps(asdict(self) | {"expires": int(self.expires.timestamp())})

    @classmethod
    def from_text(cls, text: str) -> "Grant":
        data = json.loads(text)
        return cls(**data | {"expires": datetime.fromtimestamp(data["expires"], UTC)})
