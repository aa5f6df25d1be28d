"""Addresses of this app on the platform's host."""

from django.urls import include, path
from django.views.generic import RedirectView

from tenants.views import invitations, platform, security, signup

urlpatterns = [
    path("", platform.home, name="home"),
    path("signup", signup.sign_up, name="signup"),
    path("signup/", RedirectView.as_view(pattern_name="signup")),
    path("signup/sent", signup.sent, name="signup_sent"),
    path("signup/slug", signup.slug_status, name="signup_slug"),
    path("signup/verify/<str:token>/", signup.verify, name="signup_verify"),
    path("businesses/", platform.businesses, name="businesses"),
    path("businesses/new/", platform.new_business, name="new_business"),
    path("businesses/<slug:slug>/retry/", platform.retry_business, name="retry_business"),
    path("businesses/<slug:slug>/reopen/", platform.reopen_business, name="reopen_business"),
    path("businesses/<slug:slug>/two-steps/", platform.two_steps_first, name="two_steps_first"),
    path("go/<slug:slug>/", platform.go, name="go"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("accounts/signup/", RedirectView.as_view(pattern_name="signup")),
    path("accounts/sessions/", security.sessions, name="sessions"),
    path("accounts/sessions/end", security.end_sessions, name="end_sessions"),
    path("accounts/", include("allauth.urls")),
]
