"""A tiny app with one function for each thing the host promises. What ran is written down in NOTES_DIR."""

import asyncio
import json
import os
from pathlib import Path
from uuid import uuid4

import azure.functions as func

app = func.FunctionApp()


def note(kind: str, **facts: object) -> None:
    folder = Path(os.environ["NOTES_DIR"])
    fresh = folder / f"{uuid4()}.new"
    fresh.write_text(json.dumps({"kind": kind, "pid": os.getpid(), **facts}), "utf-8")
    fresh.rename(fresh.with_suffix(".json"))


@app.route(route="things/{id:int}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def numbered(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({"number": req.route_params["id"]}), mimetype="application/json")


@app.route(route="things/{name}/{*rest}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def named(req: func.HttpRequest) -> func.HttpResponse:
    facts = {"values": dict(req.route_params), "query": dict(req.params), "headers": dict(req.headers)}
    return func.HttpResponse(json.dumps(facts), mimetype="application/json")


@app.route(route="things/{id:int}", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
def removed(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)


@app.route(route="echo", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    answer = func.HttpResponse(req.get_body(), mimetype="application/octet-stream", status_code=201)
    answer.headers.add("Set-Cookie", "a=1; Path=/x; HttpOnly; SameSite=Lax; Max-Age=2592000")
    answer.headers.add("Set-Cookie", "b=two; Secure")
    return answer


@app.route(route="secret", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
def secret(req: func.HttpRequest) -> str:
    return "for the master key"


@app.route(route="broken", auth_level=func.AuthLevel.ANONYMOUS)
def broken(req: func.HttpRequest) -> str:
    raise RuntimeError("private words")


@app.route(route="send", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@app.queue_output(arg_name="out", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
def send(req: func.HttpRequest, out: func.Out[str]) -> str:
    out.set(req.get_body().decode("utf-8"))
    if req.params.get("fail"):
        raise RuntimeError("after setting the output")
    return "sent"


@app.queue_trigger(arg_name="message", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="out", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
async def work(message: func.QueueMessage, out: func.Out[str]) -> None:
    """`fail`: raises. `sleep N`: takes N seconds. `chain N`: sends `chain N-1` until 0."""
    text = message.get_body().decode("utf-8")
    note("begun", text=text, dequeue_count=message.dequeue_count)
    verb, _, number = text.partition(" ")
    if verb == "fail":
        raise RuntimeError(text)
    if verb == "sleep":
        await asyncio.sleep(float(number))
    if verb == "chain" and int(number) > 0:
        await asyncio.sleep(0.02)
        out.set(f"chain {int(number) - 1}")
    note("done", text=text)


@app.timer_trigger(arg_name="timer", schedule="*/1 * * * * *", use_monitor=False)
async def every_second(timer: func.TimerRequest) -> None:
    note("tick", past_due=timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
async def yearly(timer: func.TimerRequest) -> None:
    note("yearly", past_due=timer.past_due)
