"""The demo's history: life in two clinics, made through the product's own verbs.

Nothing here writes a row of its own: people are registered, booked, treated and answered for
as staff and patients would, with the product's clock moved along and the local gateway taking
the messages. The same seed gives the same history on the same day.
"""
