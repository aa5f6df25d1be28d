"""Addresses of the owner's money rules under /dashboard/."""

from django.urls import path

from billing.views import policies

urlpatterns = [
    path("settings/policy", policies.business_policy, name="settings_policy"),
    path("services/<uuid:service_id>/policy", policies.service_policy, name="service_policy"),
]
