"""People and posts at the desk, under /desk/people/."""

from django.urls import path

from linli.organizations import views

app_name = "organizations"
urlpatterns = [
    path("", views.post_list, name="post-list"),
    path("export/", views.post_export, name="post-export"),
    path("give/", views.post_give, name="post-give"),
    path("<int:pk>/end/", views.post_end, name="post-end"),
    path("organizations/", views.organization_list, name="organization-list"),
    path("roles/", views.role_list, name="role-list"),
    path("audit/", views.audit_list, name="audit-list"),
    path("tokens/", views.token_list, name="token-list"),
    path("tokens/give/", views.token_give, name="token-give"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token-revoke"),
]
