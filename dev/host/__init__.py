"""A function host for one machine: loads an app through the real worker library and triggers it as Azure does.

Not emulated: Easy Auth, the scale controller, platform IP filters, managed identity, streaming bodies, bindings other
than HTTP, queue and timer.
"""
