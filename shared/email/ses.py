"""Amazon SES, API v2 (`SendEmail`), through botocore in a thread.

Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html. SES cannot be asked whether it took a
mail: after a try whose end nobody knows, the mail counts as sent.
"""

import asyncio
from functools import cached_property
from typing import Any

import botocore.session
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from shared.domain.failures import Failure, Refused, Throttled, Transient
from shared.email.carriers import Envelope, Unsure, our_fault

SENDER_NAME = "TIMIFY"
_RETRY_AFTER = 10.0
_MAIL = frozenset({"MessageRejected", "BadRequestException", "ValidationException"})
_BUSY = frozenset({"TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling"})
_CALLS = ClientConfig(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 1, "mode": "standard"})
"""One try: what failed comes again from the queue."""


class Ses:
    """See `shared.email.carriers.Carrier`. `endpoint` is another address than Amazon's, for tests."""

    def __init__(
        self, *, region: str, key_id: str, secret: str, sender: str, configuration_set: str = "", endpoint: str = ""
    ) -> None:
        self._region = region
        self._credentials = (key_id, secret)
        self._endpoint = endpoint or None
        self._sender = sender
        self._options = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    async def carry(self, envelope: Envelope, *, again: bool = False) -> str:
        """Send, unless an earlier try may have done so."""
        if again:
            return ""
        return await asyncio.to_thread(self._send, envelope)

    @cached_property
    def _client(self) -> Any:
        key_id, secret = self._credentials
        return botocore.session.Session().create_client(
            "sesv2",
            region_name=self._region,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            endpoint_url=self._endpoint,
            config=_CALLS,
        )

    def _send(self, envelope: Envelope) -> str:
        try:
            answer = self._client.send_email(
                FromEmailAddress=f'"{SENDER_NAME}" <{self._sender}>',
                Destination={"ToAddresses": [envelope.to]},
                Content={
                    "Simple": {
                        "Subject": _part(envelope.subject),
                        "Body": {"Text": _part(envelope.text), "Html": _part(envelope.html)},
                    }
                },
                **self._options,
            )
        except ClientError as error:
            raise _failure(error) from None
        except ConnectionError as error:
            raise Transient(type(error).__name__) from None
        except (HTTPClientError, ResponseParserError) as error:
            raise Unsure(type(error).__name__) from None
        except BotoCoreError as error:
            raise our_fault("ses", type(error).__name__) from None
        return str(answer["MessageId"])


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _failure(error: ClientError) -> Failure:
    """An answer that is an error: the mail was not taken."""
    response: Any = error.response
    code = str(response.get("Error", {}).get("Code", "")) or "unknown"
    about = response.get("ResponseMetadata", {})
    status, wish = about.get("HTTPStatusCode", 0), str(about.get("HTTPHeaders", {}).get("retry-after", ""))
    if code in _BUSY or status == 429:
        return Throttled(code, float(wish) if wish.isdigit() else _RETRY_AFTER)
    if status >= 500:
        return Throttled(code, float(wish)) if wish.isdigit() else Transient(code)
    if code in _MAIL:
        return Refused(code)
    return our_fault("ses", code)
