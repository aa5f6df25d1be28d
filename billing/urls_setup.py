"""Addresses of the owner's money rules under /dashboard/."""

from django.urls import path

from billing.views import accounts, money_back, payments, policies

urlpatterns = [
    path("payments/", payments.transactions, name="payments_transactions"),
    path("payments/transactions.csv", payments.transactions_csv, name="transactions_csv"),
    path("payments/refunds/", payments.refunds, name="payments_refunds"),
    path("payments/refunds.csv", payments.refunds_csv, name="refunds_csv"),
    path("payments/disputes/", payments.disputes, name="payments_disputes"),
    path("payments/concerns/", payments.concerns, name="payments_concerns"),
    path("payments/concerns/<uuid:concern_id>", payments.answer, name="answer_concern"),
    path("payments/<uuid:payment_id>/refund", money_back.refund, name="refund_payment"),
    path("payments/<uuid:payment_id>/waive", money_back.waive, name="waive_fee"),
    path("payments/refunds/<uuid:refund_id>/again", money_back.refund_again, name="refund_again"),
    path("payments/appointments/<uuid:appointment_id>/fee", money_back.decide_fee, name="appointment_fee"),
    path("payments/clients/<uuid:client_id>/cards/<uuid:card_id>/forget", money_back.forget_card, name="forget_card"),
    path("payments/account/", accounts.account, name="payments_account"),
    path("payments/account/connect", accounts.connect, name="connect_account"),
    path("payments/account/onward", accounts.onward, name="account_onward"),
    path("payments/account/return", accounts.returned, name="account_returned"),
    path("payments/account/check", accounts.check, name="check_account"),
    path("payments/account/balance", accounts.balance, name="account_balance"),
    path("payments/account/disconnect", accounts.disconnect, name="disconnect_account"),
    path("payments/account/<uuid:account_id>/reconnect", accounts.reconnect, name="reconnect_account"),
    path("settings/policy", policies.business_policy, name="settings_policy"),
    path("settings/policy/examples", policies.business_examples, name="policy_examples"),
    path("services/<uuid:service_id>/policy/examples", policies.service_examples, name="service_policy_examples"),
    path("services/<uuid:service_id>/policy", policies.service_policy, name="service_policy"),
]
