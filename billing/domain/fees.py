"""What the platform takes of an online payment."""

BASIS = 10_000


def application_fee(amount: int, basis_points: int) -> int:
    """The fee in minor units: rounded half up, at most the amount. Zero means that no fee is named at all."""
    return min(amount, (amount * basis_points + BASIS // 2) // BASIS)
