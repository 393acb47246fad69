"""Headers that every answer carries, whatever it is. Imports nothing: each trigger pays for it."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
}
"""Nothing is guessed, nothing is kept, no address (which may be a key) is told to others, and nothing goes unencrypted
for a year. Only the files of the pages differ, which hold nothing of anybody: those may be kept."""
NOTHING_ELSE = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""For what is no page: it loads nothing and stands in no frame."""
