"""The local gateway: a separate HTTP process that stands for Zalo, eSMS and a mail server.

It imports nothing of the product; it only reads the product's clock file. See docs/gateway.md.
"""
