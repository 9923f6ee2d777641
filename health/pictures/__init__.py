"""Whether a camera that answers also sees: pictures checked under the consent `health_snapshot`, shown to nobody.

`small` makes the 96 by 54 grey points that all of it works with, `measures` says four numbers about them, `judging`
what they mean, `sealing` how they are kept, and `inspecting.inspect` takes one picture of each camera of a device.
What is kept is written by `health.services.view_keeping`.
"""
