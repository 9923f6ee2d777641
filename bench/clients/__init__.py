"""One program for each way to speak to a camera; each runs in an environment of its own and measures itself.

All make the same seven calls in one probe: GetSystemDateAndTime without credentials, GetServices (onvif-zeep, which
never asks it: GetCapabilities), GetDeviceInformation, GetNetworkInterfaces, GetProfiles, GetStreamUri and
GetSnapshotUri of the first profile. Each compares what it read with what the camera says, so that none can be fast
by reading less; `floor` alone reads nothing, and is there to say what the rest costs.
"""
