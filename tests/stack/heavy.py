"""Modules that take long to load, and which trigger must do without them at its first use."""

_PAGES_AND_MODELS = ("pydantic", "jinja2")
_SIGN_IN = ("msal", "azure.identity")
_CARRIERS = ("boto3", "botocore", "smtplib", "azure.communication")

NOT_IN_A_WEBHOOK = (*_PAGES_AND_MODELS, *_SIGN_IN, *_CARRIERS, "azure.data.tables", "httpx")
NOT_IN_A_ROUND = (*_PAGES_AND_MODELS, *_SIGN_IN, *_CARRIERS)
NOT_IN_A_TIMER = (*_PAGES_AND_MODELS, *_SIGN_IN, *_CARRIERS, "httpx")
