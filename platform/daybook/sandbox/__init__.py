"""Local stand-ins for the services outside, speaking their wire protocols; never imported by the apps."""
