"""How people are spoken to: sentences for codes, and languages. No room here knows of HTTP or e-mail."""
