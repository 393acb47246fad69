"""The worker library that Azure runs, driven in-process.

`azure_functions_runtime` receives its protobuf classes by injection, so plain stand-ins are enough: no gRPC.
"""

import importlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4


class AppLoadError(Exception):
    """The app cannot be indexed; Azure would start none of its functions."""


class _Message(SimpleNamespace):
    pass


class _StatusResult(_Message):
    Failure, Success = 0, 1


class TypedData(_Message):
    """One value on its way between host and worker: exactly one of string, json, bytes, http, int, double is set."""

    def WhichOneof(self, _group: str) -> str | None:
        kinds = ("string", "json", "bytes", "http", "int", "double")
        return next((kind for kind in kinds if getattr(self, kind, None) is not None), None)


class _ParameterBinding(_Message):
    def WhichOneof(self, _group: str) -> str:
        return "data"


class _BindingInfo(_Message):
    undefined, string, binary = 0, 1, 2
    out, inout = 1, 2


class SameSite:
    """The protobuf enumeration of the cookie attribute."""

    Lax, Strict, ExplicitNone = 1, 2, 3


setattr(SameSite, "None", 0)


class _RpcHttpCookie(_Message):
    SameSite = SameSite


_PLAIN = (
    "WorkerInitResponse",
    "WorkerMetadata",
    "FunctionMetadataResponse",
    "FunctionLoadResponse",
    "InvocationResponse",
    "RpcFunctionMetadata",
    "RpcRetryOptions",
    "RpcException",
    "RpcHttp",
    "NullableString",
    "NullableBool",
    "NullableDouble",
    "NullableTimestamp",
    "Timestamp",
)
_PROTOS = SimpleNamespace(
    StatusResult=_StatusResult,
    TypedData=TypedData,
    ParameterBinding=_ParameterBinding,
    BindingInfo=_BindingInfo,
    RpcHttpCookie=_RpcHttpCookie,
    **{name: type(name, (_Message,), {}) for name in _PLAIN},
)


@dataclass(frozen=True)
class Binding:
    """One binding as the app declared it; `settings` are its raw properties, `%NAME%` replaced."""

    name: str
    type: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Function:
    """One indexed function: its trigger and, by binding name, its outputs."""

    name: str
    function_id: str
    trigger: Binding
    outputs: dict[str, Binding]


@dataclass(frozen=True)
class Outcome:
    """What one invocation gave. `error` is None on success, else `Type: text` (may quote the payload)."""

    error: str | None
    trace: str = ""
    returned: Any = None
    outputs: list[tuple[str, Any]] = field(default_factory=list)


class Worker:
    """The app of one folder, loaded. One per process, because the library keeps its registry in a module."""

    def __init__(self, functions: list[Function], runtime: Any) -> None:
        self.functions = functions
        self._runtime = runtime

    @classmethod
    async def load(cls, root: Path) -> "Worker":
        """Index the app in `root` (becomes the working directory). Raises AppLoadError."""
        os.chdir(root)
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))
        runtime = importlib.import_module("azure_functions_runtime")
        runtime.start_threadpool_executor()
        init = SimpleNamespace(
            request=SimpleNamespace(
                worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=str(root))
            ),
            properties={"host": "127.0.0.1", "protos": _PROTOS},
        )
        answer = await runtime.worker_init_request(init)
        if answer.result.status != _StatusResult.Success:
            raise AppLoadError(f"{answer.result.exception.message}\n{answer.result.exception.stack_trace}")
        metadata = (await runtime.functions_metadata_request(None)).function_metadata_results
        if not metadata:
            raise AppLoadError(f"no function_app.py with functions in {root}")
        return cls([_function(entry) for entry in metadata], runtime)

    async def invoke(
        self, function: Function, data: TypedData, metadata: dict[str, TypedData], invocation_id: str, traceparent: str
    ) -> Outcome:
        """Run the function once; its exceptions come back in the outcome."""
        request = SimpleNamespace(
            invocation_id=invocation_id,
            function_id=function.function_id,
            input_data=[_ParameterBinding(name=function.trigger.name, data=data)],
            trigger_metadata=metadata,
            trace_context=SimpleNamespace(trace_parent=traceparent, trace_state="", attributes={}),
            retry_context=SimpleNamespace(
                retry_count=0, max_retry_count=0, exception=SimpleNamespace(source="", stack_trace="", message="")
            ),
        )
        answer = await self._runtime.invocation_request(
            SimpleNamespace(properties={}, request=SimpleNamespace(invocation_request=request))
        )
        if answer.result.status != _StatusResult.Success:
            return Outcome(answer.result.exception.message, answer.result.exception.stack_trace)
        outputs = [(item.name, item.data) for item in answer.output_data]
        return Outcome(None, returned=answer.return_value, outputs=outputs)


def new_invocation_id() -> str:
    return str(uuid4())


def _function(entry: Any) -> Function:
    bindings = [_binding(json.loads(raw)) for raw in entry.raw_bindings]
    triggers = [binding for binding in bindings if binding.type.endswith("Trigger")]
    if len(triggers) != 1:
        raise AppLoadError(f"function {entry.name} has {len(triggers)} triggers")
    if entry.retry_options is not None:
        raise AppLoadError(f"function {entry.name} has a retry policy, which this host does not emulate")
    others = {binding.name: binding for binding in bindings if binding is not triggers[0]}
    for binding in [*triggers, *others.values()]:
        if binding.type not in ("httpTrigger", "queueTrigger", "timerTrigger", "http", "queue"):
            raise AppLoadError(f"function {entry.name}: this host does not emulate the binding {binding.type}")
    return Function(entry.name, entry.function_id, triggers[0], others)


def _binding(raw: dict[str, Any]) -> Binding:
    settings = {key: _substitute(value) if isinstance(value, str) else value for key, value in raw.items()}
    return Binding(raw["name"], raw["type"], settings)


def _substitute(text: str) -> str:
    parts = text.split("%")
    if len(parts) % 2 == 0:
        return text
    for index in range(1, len(parts), 2):
        if parts[index] not in os.environ:
            raise AppLoadError(f"the setting {parts[index]} named by %{parts[index]}% is missing")
        parts[index] = os.environ[parts[index]]
    return "".join(parts)
