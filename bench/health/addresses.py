"""Where the simulated cameras stand."""

MOST = 254 * 254 * 200


def address(number: int) -> str:
    """The address of the camera with this number: 127.1.1.1 and so on, none ends in 0 or 255."""
    if not 0 <= number < MOST:
        raise ValueError(f"There are {MOST} addresses for simulated cameras.")
    return f"127.{number // (254 * 254) + 1}.{number // 254 % 254 + 1}.{number % 254 + 1}"
