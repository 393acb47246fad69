"""Commands for whoever operates the app: `python -m ops`. They show ids, codes and moments, never content."""
