"""Signing in and one's own account; what needs no posts comes from the module below."""

from django.urls import include, path

from linli.organizations import account_views as views

urlpatterns = [
    path("", views.account, name="account"),
    path("login/", views.sign_in, name="account_login"),
    path("demo/", views.demo_sign_in, name="demo_sign_in"),
    path("post/", views.switch_post, name="post_switch"),
    path("", include("linli.people.urls")),
]
