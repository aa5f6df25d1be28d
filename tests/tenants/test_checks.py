"""What is refused at start."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from tenants.checks import refuse_pooling
from tenants.models import Business
from tests.tenants.transaction_pooler import pooled


def test_hc164_transaction_pooling_is_refused_with_a_clear_message(committed: Business) -> None:
    with pooled(session_mode=False):
        with pytest.raises(SystemCheckError, match=r"pool_mode=transaction"):
            call_command("check", databases=["default"])
        with pytest.raises(SystemExit, match=r"Daybook does not start: .*session mode"):
            refuse_pooling()


def test_hc164_session_pooling_is_fine(committed: Business) -> None:
    with pooled(session_mode=True):
        refuse_pooling()


def test_hc164_a_direct_connection_is_fine(committed: Business) -> None:
    refuse_pooling()
    call_command("check", databases=["default"])
