"""Addresses of this app on a business's host."""

from django.urls import path

from tenants.views import business

urlpatterns = [
    path("enter", business.enter, name="enter"),
    path("leave", business.leave, name="leave"),
]
