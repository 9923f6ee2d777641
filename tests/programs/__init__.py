"""ONVIF device programs that nobody here wrote, started on loopback for the reader to be tried on.

Each is the program as its makers publish it. What its launcher changes is said at the head of the launcher.
"""
