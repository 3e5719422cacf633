"""Which loads may run, so that the breaker never opens: shed late, restored soon.

No clock, no Home Assistant: whoever calls says what time it is, what the meter says and
what is seen of each load, and carries the orders out.
"""
