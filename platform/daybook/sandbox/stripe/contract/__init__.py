"""What Stripe accepts and answers, read from the installed SDK's own type annotations, and the check against it."""
