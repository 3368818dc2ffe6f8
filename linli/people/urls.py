"""Accounts: sign-up, sign-out, password, second step, sessions, OpenID Connect. The sign-in page itself, which
shows roles, stands one module higher."""

from allauth.account import views as account
from allauth.socialaccount import views as social
from allauth.usersessions.views import list_usersessions
from django.urls import include, path

from linli.people import views

urlpatterns = [
    path("signup/", views.sign_up, name="account_signup"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("activity/", views.activity, name="account_activity"),
    path("sessions/", list_usersessions, name="usersessions_list"),
    path("2fa/", include("allauth.mfa.urls")),
    path("3rdparty/login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("3rdparty/login/error/", social.login_error, name="socialaccount_login_error"),
    path("3rdparty/signup/", social.signup, name="socialaccount_signup"),
    path("3rdparty/", social.connections, name="socialaccount_connections"),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
