"""The app: registers the blueprints, nothing else."""

import azure.functions as func

from functions import (
    backend_api,
    conflict,
    connect,
    console,
    email_events,
    email_worker,
    graph_webhook,
    health,
    leave,
    privacy,
    schedule,
    static,
    sync_worker,
    timify_webhook,
)

app = func.FunctionApp()

for module in (
    health,
    graph_webhook,
    timify_webhook,
    static,
    connect,
    conflict,
    leave,
    privacy,
    console,
    backend_api,
    sync_worker,
    email_worker,
    email_events,
    schedule,
):
    app.register_functions(module.blueprint)
