"""Virtual devices to try the product on: five cameras and one recorder, on loopback only.

They speak real ONVIF and send real H.264, so nothing inside the product has to pretend. Start reading at
`fleet.py`, which says which devices there are. Nothing in the product imports this package.
"""
