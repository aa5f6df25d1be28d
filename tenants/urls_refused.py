"""The addresses of a request that leads to no business: every one of them answers with the reason."""

from django.urls import re_path

from tenants.views.refusals import refuse

urlpatterns = [re_path(r"", refuse)]
handler500 = "daybook.core.http.views.server_error"
