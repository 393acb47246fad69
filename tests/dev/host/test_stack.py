import pytest

from dev.stack import Stack
from dev.stack.parts import loopback_client


@pytest.mark.stack
async def test_the_stack_answers_everywhere_and_becomes_quiet(stack: Stack) -> None:
    async with loopback_client() as client:
        for url in (stack.outlook_url, stack.timify_url, stack.keyvault_url):
            assert (await client.get(f"{url}/_sim/requests")).status_code == 200
        for page in ("/admin/host/ping", "/_dev/outbox"):
            assert (await client.get(stack.functions_url + page)).status_code == 200
    await stack.quiet(10)
