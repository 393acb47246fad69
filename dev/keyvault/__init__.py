"""The Key Vault simulator: one wrapping key with versions, by the REST contract, with real RSA.

https://learn.microsoft.com/rest/api/keyvault/keys/operation-groups. Where it is silent, this is what is assumed:

- A version that is disabled answers 403 `Forbidden` with the inner code `KeyDisabled`; one that does not exist, and
  every version of a deleted key, 404 `KeyNotFound`; what no key of it wrapped, and another algorithm than
  RSA-OAEP-256, 400 `BadParameter`.
- 401 comes with `AKV10000` for a missing token and `AKV10022` for a wrong one.

It also answers as the place where a managed identity gets its token in Azure (`/msi/token`).
"""

from dev.keyvault.keys import KEY, first_version, public_pem, wrap
from dev.keyvault.simulator import KeyVaultSimulator

__all__ = ["KEY", "KeyVaultSimulator", "first_version", "public_pem", "wrap"]
