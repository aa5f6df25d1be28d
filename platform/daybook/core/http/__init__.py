"""What every request meets: address, headers, errors."""
