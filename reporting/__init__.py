"""Reads only: revenue, utilisation, client value, as pages, CSV and PDF."""
