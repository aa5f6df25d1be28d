"""Addresses of the owner's money rules under /dashboard/."""

from django.urls import path

from billing.views import accounts, policies

urlpatterns = [
    path("payments/account/", accounts.account, name="payments_account"),
    path("payments/account/connect", accounts.connect, name="connect_account"),
    path("payments/account/onward", accounts.onward, name="account_onward"),
    path("payments/account/return", accounts.returned, name="account_returned"),
    path("payments/account/check", accounts.check, name="check_account"),
    path("payments/account/balance", accounts.balance, name="account_balance"),
    path("payments/account/disconnect", accounts.disconnect, name="disconnect_account"),
    path("payments/account/<uuid:account_id>/reconnect", accounts.reconnect, name="reconnect_account"),
    path("settings/policy", policies.business_policy, name="settings_policy"),
    path("services/<uuid:service_id>/policy", policies.service_policy, name="service_policy"),
]
