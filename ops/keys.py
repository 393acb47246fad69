"""`python -m ops.keys`: the lists of keys in SIGNING_KEYS and VAULT_KEYS, changed in a file and never by hand.

    python -m ops.keys FILE                                   the names, the first one in use
    python -m ops.keys FILE add [--name N]                    a new signing key, behind the others
    python -m ops.keys FILE add --kid KID --public PEM        a new data key, wrapped by this version of a vault's key
    python -m ops.keys FILE first N | drop N | lost N         use it; forget it; declare it lost (a data key)

No key is printed, and a data key is nowhere but wrapped: it is made here, and forgotten.
"""

import argparse
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ops.command import DONE, MISUSED, answer, progress
from shared.config import ConfigError
from shared.identity.data_keys import DataKeys, Unwrapper
from shared.identity.sealing import KEY_BYTES
from shared.identity.signing import name_of


class CannotBe(Exception):
    """What was asked for would lose something or makes no sense; the message says why."""


def changed(keys: Sequence[str], wish: argparse.Namespace) -> list[str]:
    """The list as it shall be. Raises CannotBe."""
    if wish.change == "add":
        name = _free(wish.name or f"{datetime.now(UTC):%Y%m%d}", keys)
        return [*keys, wrapped_key(name, wish.kid, wish.public) if wish.kid else signing_key(name)]
    there = {_name(key): key for key in keys}
    if wish.name not in there:
        raise CannotBe(f"There is no key {wish.name}. There are: {', '.join(there)}.")
    others = [key for key in keys if _name(key) != wish.name]
    if wish.change == "first":
        if there[wish.name].endswith(":lost"):
            raise CannotBe(f"{wish.name} is lost.")
        return [there[wish.name], *others]
    if keys[0] == there[wish.name]:
        raise CannotBe(f"{wish.name} is in use: put another one first.")
    return others if wish.change == "drop" else [*others, f"{wish.name}:lost"]


def signing_key(name: str) -> str:
    """A new key of SIGNING_KEYS."""
    return f"{name}:{secrets.token_urlsafe(36)}"


def wrapped_key(name: str, kid: str, public: Path | None) -> str:
    """A new key of VAULT_KEYS, wrapped as the vault would (RSA-OAEP-256). Raises CannotBe."""
    try:
        key = serialization.load_pem_public_key(public.read_bytes() if public else b"")
    except (OSError, ValueError) as error:
        raise CannotBe(f"{public} is no public key in PEM.") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise CannotBe(f"{public} is no RSA key.")
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    wrapped = key.encrypt(os.urandom(KEY_BYTES), oaep)
    return f"{name}:{kid}#{urlsafe_b64encode(wrapped).decode().rstrip('=')}"


def _free(name: str, keys: Sequence[str]) -> str:
    """The name, or the next one that nothing has: `20261126`, `20261126b`, …"""
    taken = {_name(key) for key in keys}
    return next(each for each in (name, *(f"{name}{letter}" for letter in "bcdefgh")) if each not in taken)


def _name(key: str) -> str:
    return key.removesuffix(":lost") if key.endswith(":lost") else name_of(key)


def _nobody() -> Unwrapper:
    raise CannotBe("Nothing is opened here.")


def _form(key: str) -> str:
    rest = key.partition(":")[2]
    return "lost" if rest == "lost" else rest.partition("#")[0] if rest.startswith("http") else "a key as it is"


def _read(file: Path) -> list[str]:
    """The keys of a file; of one that is not there none. Raises CannotBe for an empty one: a secret that could not be
    read from the vault looks like that, and a new list in its place would lose every key."""
    if not file.exists():
        return []
    keys = [part.strip() for part in file.read_text("utf-8").split(",") if part.strip()]
    if not keys:
        raise CannotBe(f"{file} is empty: was the secret not read? Read it again; for a new list name a new file.")
    return keys


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.keys", description="Changes a list of keys in a file.")
    parser.add_argument("file", type=Path, metavar="FILE", help="the value of the secret, read and written")
    changes = parser.add_subparsers(dest="change", metavar="CHANGE")
    add = changes.add_parser("add", help="make a new key, behind the others")
    add.add_argument("--name", help="what to call it (default: today)")
    add.add_argument("--kid", help="a data key: the address of the wrapping key, with its version")
    add.add_argument("--public", type=Path, metavar="PEM", help="a data key: the public half of that version")
    for change, told in (("first", "use it for what is new"), ("drop", "forget it"), ("lost", "declare it lost")):
        changes.add_parser(change, help=told).add_argument("name", metavar="NAME")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Answers the exit code. Raises SystemExit where the command line cannot be read."""
    wish = _parser().parse_args(arguments)
    try:
        keys = _read(wish.file)
        if wish.change:
            keys = changed(keys, wish)
            if any("#" in key for key in keys):
                DataKeys(tuple(keys), _nobody, local=True)
    except (CannotBe, ConfigError) as problem:
        progress(str(problem))
        return MISUSED
    if wish.change:
        wish.file.touch(mode=0o600)
        wish.file.write_text(",".join(keys), "utf-8")
    for number, key in enumerate(keys):
        answer(f"{_name(key)}  {'in use' if number == 0 else 'understood'}  {_form(key)}")
    return DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
